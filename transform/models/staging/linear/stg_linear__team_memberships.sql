-- Written by scripts/staging.py from tap-linear's catalog: do not edit.
with

raw as (
    {{ read_raw('linear', 'team_memberships') }}
),

renamed as (
    select
        -- ids
        id as team_membership_id,
        team_id,
        user_id,

        -- numerics
        sort_order,

        -- booleans
        owner,
        archived_at is not null as is_archived,
        _sdc_deleted_at is not null as is_deleted,

        -- timestamps
        created_at,
        updated_at,
        archived_at
    from raw
)

select * from renamed

-- Written by scripts/staging.py from tap-linear's catalog: do not edit.
with

raw as (
    {{ read_raw('linear', 'issue_labels') }}
),

renamed as (
    select
        -- ids
        id as label_id,
        team_id,
        parent_id,
        creator_id,
        retired_by_id,
        inherited_from_id,

        -- strings
        name as label_name,
        description,
        color,

        -- booleans
        is_group,
        archived_at is not null as is_archived,
        _sdc_deleted_at is not null as is_deleted,

        -- timestamps
        created_at,
        updated_at,
        archived_at,
        last_applied_at,
        retired_at
    from raw
)

select * from renamed

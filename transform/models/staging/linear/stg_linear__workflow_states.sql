-- Written by scripts/staging.py from tap-linear's catalog: do not edit.
with

raw as (
    {{ read_raw('linear', 'workflow_states') }}
),

renamed as (
    select
        -- ids
        id as workflow_state_id,
        team_id,
        inherited_from_id,

        -- strings
        name as state_name,
        type as state_category,
        description,
        color,

        -- numerics
        position,

        -- booleans
        archived_at is not null as is_archived,
        _sdc_deleted_at is not null as is_deleted,

        -- timestamps
        created_at,
        updated_at,
        archived_at
    from raw
)

select * from renamed

-- Written by scripts/staging.py from tap-linear's catalog: do not edit.
with

raw as (
    {{ read_raw('linear', 'project_milestones') }}
),

renamed as (
    select
        -- ids
        id as project_milestone_id,
        project_id,

        -- strings
        name as milestone_name,
        description,
        status,

        -- numerics
        progress,
        sort_order,

        -- booleans
        archived_at is not null as is_archived,
        _sdc_deleted_at is not null as is_deleted,

        -- dates
        target_date,

        -- timestamps
        created_at,
        updated_at,
        archived_at
    from raw
)

select * from renamed

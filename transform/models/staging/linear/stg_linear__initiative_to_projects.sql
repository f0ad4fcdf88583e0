-- Written by scripts/staging.py from tap-linear's catalog: do not edit.
with

raw as (
    {{ read_raw('linear', 'initiative_to_projects') }}
),

renamed as (
    select
        -- ids
        id as initiative_to_project_id,
        initiative_id,
        project_id,

        -- strings
        sort_order,

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

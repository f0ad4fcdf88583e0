-- Written by scripts/staging.py from tap-linear's catalog: do not edit.
with

raw as (
    {{ read_raw('linear', 'release_stages') }}
),

renamed as (
    select
        -- ids
        id as release_stage_id,
        pipeline_id as release_pipeline_id,

        -- strings
        name as stage_name,
        type as stage_category,
        color,

        -- numerics
        position,

        -- booleans
        frozen,
        archived_at is not null as is_archived,
        _sdc_deleted_at is not null as is_deleted,

        -- timestamps
        created_at,
        updated_at,
        archived_at
    from raw
)

select * from renamed

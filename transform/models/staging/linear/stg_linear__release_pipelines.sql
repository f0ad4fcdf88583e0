-- Written by scripts/staging.py from tap-linear's catalog: do not edit.
with

raw as (
    {{ read_raw('linear', 'release_pipelines') }}
),

renamed as (
    select
        -- ids
        id as release_pipeline_id,
        slug_id,

        -- strings
        name as pipeline_name,
        type as pipeline_type,
        url,

        -- lists and structures
        team_ids,
        include_path_patterns,

        -- numerics
        approximate_release_count,

        -- booleans
        is_production,
        auto_generate_release_notes_on_completion,
        trashed,
        archived_at is not null as is_archived,
        coalesce(trashed, false) or _sdc_deleted_at is not null as is_deleted,

        -- timestamps
        created_at,
        updated_at,
        archived_at
    from raw
)

select * from renamed

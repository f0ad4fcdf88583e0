-- Written by scripts/staging.py from tap-linear's catalog: do not edit.
with

raw as (
    {{ read_raw('linear', 'releases') }}
),

renamed as (
    select
        -- ids
        id as release_id,
        pipeline_id as release_pipeline_id,
        stage_id as release_stage_id,
        creator_id,
        slug_id,

        -- strings
        name as release_name,
        version,
        commit_sha,
        description,
        url,

        -- numerics
        issue_count,

        -- booleans
        trashed,
        archived_at is not null as is_archived,
        coalesce(trashed, false) or _sdc_deleted_at is not null as is_deleted,

        -- dates
        start_date,
        target_date,

        -- timestamps
        created_at,
        updated_at,
        archived_at,
        started_at,
        completed_at,
        canceled_at,
        auto_archived_at
    from raw
)

select * from renamed

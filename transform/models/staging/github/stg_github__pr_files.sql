-- Written by scripts/staging.py from tap-github-prs's catalog: do not edit.
with

raw as (
    {{ read_raw('github', 'pr_files') }}
),

renamed as (
    select
        -- ids
        pull_request_id,
        repository_id,

        -- strings
        path,
        lower(change_type) as change_type,

        -- numerics
        additions,
        deletions,

        -- booleans
        _sdc_deleted_at is not null as is_deleted,

        -- timestamps
        pull_request_updated_at
    from raw
)

select * from renamed

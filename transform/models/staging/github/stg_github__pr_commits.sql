-- Written by scripts/staging.py from tap-github-prs's catalog: do not edit.
with

raw as (
    {{ read_raw('github', 'pr_commits') }}
),

renamed as (
    select
        -- ids
        pull_request_id,
        repository_id,
        oid,
        node_id,
        author_id,
        committer_id,

        -- strings
        message,
        url,
        author_name,
        author_email,
        author_login,
        committer_name,
        committer_email,
        committer_login,

        -- numerics
        additions,
        deletions,
        changed_files,

        -- booleans
        _sdc_deleted_at is not null as is_deleted,

        -- timestamps
        authored_at,
        committed_at,
        pull_request_updated_at
    from raw
)

select * from renamed

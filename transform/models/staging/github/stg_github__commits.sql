-- Written by scripts/staging.py from tap-github-prs's catalog: do not edit.
with

raw as (
    {{ read_raw('github', 'commits') }}
),

renamed as (
    select
        -- ids
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

        -- lists and structures
        parent_oids,

        -- numerics
        additions,
        deletions,
        changed_files,

        -- booleans
        _sdc_deleted_at is not null as is_deleted,

        -- timestamps
        authored_at,
        committed_at,
        _sdc_batched_at as batched_at
    from raw
)

select * from renamed

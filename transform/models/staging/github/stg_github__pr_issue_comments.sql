-- Written by scripts/staging.py from tap-github-prs's catalog: do not edit.
with

raw as (
    {{ read_raw('github', 'pr_issue_comments') }}
),

renamed as (
    select
        -- ids
        id as comment_id,
        node_id,
        pull_request_id,
        repository_id,
        author_id,

        -- strings
        author_login,
        author_type,
        author_association,
        body,
        url,
        minimized_reason,

        -- booleans
        is_minimized,
        {{ is_bot('author_login', 'author_type') }} as is_author_bot,
        _sdc_deleted_at is not null as is_deleted,

        -- timestamps
        created_at,
        published_at,
        last_edited_at,
        updated_at,
        pull_request_updated_at
    from raw
)

select * from renamed

-- Written by scripts/staging.py from tap-github-prs's catalog: do not edit.
with

raw as (
    {{ read_raw('github', 'pr_comments') }}
),

renamed as (
    select
        -- ids
        id as comment_id,
        node_id,
        pull_request_id,
        repository_id,
        pull_request_review_id as review_id,
        reply_to_id,
        thread_node_id,
        author_id,
        resolved_by_id,
        commit_oid,
        original_commit_oid,

        -- strings
        author_login,
        author_type,
        author_association,
        body,
        url,
        resolved_by_login,
        lower(state) as state,
        path,
        diff_hunk,
        subject_type,
        diff_side,
        start_diff_side,
        minimized_reason,

        -- numerics
        line,
        start_line,
        original_line,
        original_start_line,

        -- booleans
        outdated,
        is_resolved,
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

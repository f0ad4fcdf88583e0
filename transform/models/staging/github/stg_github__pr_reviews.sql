-- Written by scripts/staging.py from tap-github-prs's catalog: do not edit.
with

raw as (
    {{ read_raw('github', 'pr_reviews') }}
),

renamed as (
    select
        -- ids
        id as review_id,
        node_id,
        pull_request_id,
        repository_id,
        author_id,
        commit_oid,

        -- strings
        author_login,
        author_type,
        author_association,
        body,
        url,
        lower(state) as state,
        minimized_reason,

        -- booleans
        is_minimized,
        {{ is_bot('author_login', 'author_type') }} as is_author_bot,
        _sdc_deleted_at is not null as is_deleted,

        -- timestamps
        submitted_at,
        created_at,
        published_at,
        last_edited_at,
        updated_at,
        pull_request_updated_at
    from raw
)

select * from renamed

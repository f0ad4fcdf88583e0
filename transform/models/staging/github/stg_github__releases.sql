-- Written by scripts/staging.py from tap-github-prs's catalog: do not edit.
with

raw as (
    {{ read_raw('github', 'releases') }}
),

renamed as (
    select
        -- ids
        node_id as release_id,
        repository_id,
        tag_commit_oid,
        author_id,

        -- strings
        name as release_name,
        tag_name,
        description,
        url,
        author_login,
        author_type,

        -- numerics
        id as release_number,
        list_version,
        complete_list_version,

        -- booleans
        is_draft,
        is_prerelease,
        is_latest,
        {{ is_bot('author_login', 'author_type') }} as is_author_bot,
        {{ is_gone_from_list() }} as is_deleted,

        -- timestamps
        created_at,
        published_at,
        updated_at
    from raw
)

select * from renamed

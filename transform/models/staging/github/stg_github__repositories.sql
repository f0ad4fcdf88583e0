-- Written by scripts/staging.py from tap-github-prs's catalog: do not edit.
with

raw as (
    {{ read_raw('github', 'repositories') }}
),

renamed as (
    select
        -- ids
        id as repository_id,
        node_id,
        owner_id,

        -- strings
        name as repository_name,
        name_with_owner,
        owner_login,
        owner_type,
        description,
        url,
        homepage_url,
        lower(visibility) as visibility,
        default_branch_name,
        primary_language,
        license_name,

        -- lists and structures
        topics,

        -- numerics
        stargazer_count,
        fork_count,
        disk_usage,

        -- booleans
        is_archived,
        is_disabled,
        is_empty,
        is_fork,
        is_private,
        is_template,
        _sdc_deleted_at is not null as is_deleted,

        -- timestamps
        created_at,
        updated_at,
        pushed_at,
        archived_at
    from raw
)

select * from renamed

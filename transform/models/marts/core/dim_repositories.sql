with

repositories as (
    select * from {{ ref('stg_github__repositories') }}
),

-- Repositories that appear only in a pull request or a commit: the stream
-- `repositories` may be deselected.
mentioned as (
    select
        repository_id,
        repository_name
    from {{ ref('stg_github__pull_requests') }}

    union all

    select
        repository_id,
        cast(null as string) as repository_name
    from {{ ref('stg_github__commits') }}
),

unknown as (
    select
        mentioned.repository_id,
        max(mentioned.repository_name) as repository_name
    from mentioned
    left join repositories
        on mentioned.repository_id = repositories.repository_id
    where
        mentioned.repository_id is not null
        and repositories.repository_id is null
    group by mentioned.repository_id
),

final as (
    select
        -- ids
        repository_id,

        -- strings
        name_with_owner as repository_name,
        owner_login,
        description,
        visibility,
        default_branch_name,
        primary_language,
        url,

        -- lists and structures
        topics,

        -- booleans
        is_fork,
        is_archived,
        is_deleted,

        -- timestamps
        created_at,
        pushed_at
    from repositories

    union all

    select
        repository_id,
        repository_name,
        split(repository_name, '/')[safe_offset(0)] as owner_login,
        cast(null as string) as description,
        cast(null as string) as visibility,
        cast(null as string) as default_branch_name,
        cast(null as string) as primary_language,
        cast(null as string) as url,
        array<string>[] as topics,
        cast(null as bool) as is_fork,
        false as is_archived,
        false as is_deleted,
        cast(null as timestamp) as created_at,
        cast(null as timestamp) as pushed_at
    from unknown
)

select * from final

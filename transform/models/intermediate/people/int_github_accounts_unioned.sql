with

users as (
    select * from {{ ref('stg_github__users') }}
),

-- Accounts that appear only in an activity: the stream `users` may be
-- deselected.
acted as (
    select
        author_id as user_id,
        author_login as login,
        is_author_bot as is_bot
    from {{ ref('stg_github__pull_requests') }}

    union all

    select
        merged_by_id as user_id,
        merged_by_login as login,
        {{ is_bot('merged_by_login', 'merged_by_type') }} as is_bot
    from {{ ref('stg_github__pull_requests') }}

    union all

    select
        author_id as user_id,
        author_login as login,
        is_author_bot as is_bot
    from {{ ref('stg_github__pr_reviews') }}

    union all

    select
        author_id as user_id,
        author_login as login,
        is_author_bot as is_bot
    from {{ ref('stg_github__pr_comments') }}

    union all

    select
        author_id as user_id,
        author_login as login,
        is_author_bot as is_bot
    from {{ ref('stg_github__pr_issue_comments') }}

    union all

    select
        requested_reviewer_id as user_id,
        requested_reviewer_login as login,
        {{ is_bot('requested_reviewer_login', 'requested_reviewer_type') }}
            as is_bot
    from {{ ref('stg_github__pr_events') }}
    where requested_reviewer_type in ('User', 'Bot', 'Mannequin')

    union all

    select
        actor_id as user_id,
        actor_login as login,
        is_actor_bot as is_bot
    from {{ ref('stg_github__pr_events') }}

    union all

    select
        author_id as user_id,
        author_login as login,
        {{ is_bot('author_login', "'User'") }} as is_bot
    from {{ ref('stg_github__pr_commits') }}

    union all

    select
        author_id as user_id,
        author_login as login,
        {{ is_bot('author_login', "'User'") }} as is_bot
    from {{ ref('stg_github__commits') }}
),

unknown as (
    select
        acted.user_id,
        max(acted.login) as login,
        logical_or(acted.is_bot) as is_bot
    from acted
    left join users on acted.user_id = users.user_id
    where acted.user_id is not null and users.user_id is null
    group by acted.user_id
),

unioned as (
    select
        user_id,
        login,
        user_name,
        {{ normalized_email('email') }} as email,
        array(
            select distinct {{ normalized_email('address') }} as known
            from unnest(array_concat(emails, [coalesce(email, '')])) as address
            where {{ normalized_email('address') }} is not null
            order by known
        ) as emails,
        is_bot,
        is_deleted
    from users

    union all

    select
        user_id,
        login,
        cast(null as string) as user_name,
        cast(null as string) as email,
        array<string>[] as emails,
        is_bot,
        false as is_deleted
    from unknown
)

select * from unioned

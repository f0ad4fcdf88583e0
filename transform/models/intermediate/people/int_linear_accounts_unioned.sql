with

users as (
    select * from {{ ref('stg_linear__users') }}
),

issues as (
    select * from {{ ref('stg_linear__issues') }}
),

-- People who appear only in an issue: the stream `users` may be deselected.
mentioned as (
    select
        creator_id as user_id,
        false as is_bot
    from issues

    union distinct

    select
        assignee_id as user_id,
        false as is_bot
    from issues

    union distinct

    -- Linear delegates issues to agents only.
    select
        delegate_id as user_id,
        true as is_bot
    from issues
),

unknown as (
    select
        mentioned.user_id,
        logical_or(mentioned.is_bot) as is_bot
    from mentioned
    left join users on mentioned.user_id = users.user_id
    where mentioned.user_id is not null and users.user_id is null
    group by mentioned.user_id
),

unioned as (
    select
        user_id,
        user_name,
        {{ normalized_email('email') }} as email,
        coalesce(
            safe_cast(github_user_id as int64),
            {{ noreply_account_id('email') }}
        ) as github_user_id,
        github_user_id is not null as is_github_connected,
        coalesce(app, false) as is_bot,
        coalesce(active, true) and not is_deleted as is_active
    from users

    union all

    select
        user_id,
        cast(null as string) as user_name,
        cast(null as string) as email,
        cast(null as int64) as github_user_id,
        false as is_github_connected,
        is_bot,
        true as is_active
    from unknown
)

select * from unioned

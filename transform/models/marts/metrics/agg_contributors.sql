with

users as (
    select * from {{ ref('dim_users') }}
    where not is_bot
),

-- Everything that counts as a contribution, one row each.
contributions as (
    select
        creator_user_id as user_id,
        'issue_created' as contribution,
        1 as amount,
        created_at as contributed_at
    from {{ ref('fct_issues') }}
    where not is_deleted

    union all

    select
        assignee_user_id as user_id,
        'issue_completed' as contribution,
        1 as amount,
        completed_at as contributed_at
    from {{ ref('fct_issues') }}
    where is_delivered and not is_deleted

    union all

    select
        author_user_id as user_id,
        'pull_request_opened' as contribution,
        1 as amount,
        created_at as contributed_at
    from {{ ref('fct_pull_requests') }}

    union all

    select
        author_user_id as user_id,
        'pull_request_merged' as contribution,
        1 as amount,
        merged_at as contributed_at
    from {{ ref('fct_pull_requests') }}
    where state = 'merged'

    union all

    select
        reviewer_user_id as user_id,
        if(is_reply, 'reply', 'review') as contribution,
        1 as amount,
        submitted_at as contributed_at
    from {{ ref('fct_pull_request_reviews') }}
    where is_submitted and not is_author

    union all

    select
        commenter_user_id as user_id,
        'comment' as contribution,
        1 as amount,
        visible_at as contributed_at
    from {{ ref('fct_pull_request_comments') }}

    union all

    select
        author_user_id as user_id,
        'commit' as contribution,
        1 as amount,
        committed_at as contributed_at
    from {{ ref('int_commits_attributed') }}
),

final as (
    select
        -- ids
        users.user_id,

        -- strings
        users.name,
        users.github_login,

        -- numerics
        {% for contribution in [
            'issue_created', 'issue_completed', 'pull_request_opened',
            'pull_request_merged', 'review', 'reply', 'comment', 'commit',
        ] -%}
            sum(
                if(
                    contributions.contribution = '{{ contribution }}',
                    contributions.amount,
                    0
                )
            ) as {{ contribution }}_count,
        {% endfor -%}
        count(
            distinct {{ week_of(local_date('contributions.contributed_at')) }}
        )
            as active_week_count,

        -- booleans
        users.is_active,

        -- timestamps
        min(contributions.contributed_at) as first_activity_at,
        max(contributions.contributed_at) as last_activity_at
    from users
    inner join contributions on users.user_id = contributions.user_id
    -- Clocks can be wrong: times in the future do not count.
    where contributions.contributed_at <= {{ as_of() }}
    group by
        users.user_id, users.name, users.github_login, users.is_active
)

select * from final

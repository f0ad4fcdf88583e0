with

repositories as (
    select * from {{ ref('dim_repositories') }}
    where not is_deleted
),

pull_requests as (
    select * from {{ ref('fct_pull_requests') }}
),

daily_commits as (
    select * from {{ ref('fct_daily_commits') }}
    where not is_bot
),

commits_by_author as (
    select
        repository_id,
        author_key,
        sum(commit_count) as commit_count
    from daily_commits
    group by repository_id, author_key
),

ranked as (
    select
        repository_id,
        commit_count,
        row_number() over (
            partition by repository_id order by commit_count, author_key
        ) as commit_rank,
        sum(commit_count) over (partition by repository_id) as total_count,
        sum(commit_count) over (
            partition by repository_id
            order by commit_count desc, author_key desc
        ) - commit_count as count_before
    from commits_by_author
),

concentration as (
    select
        repository_id,
        count(*) as commit_author_count,
        {{ gini('commit_count', 'commit_rank') }} as commit_gini,
        {{ bus_factor('commit_count', 'count_before', 'total_count') }}
            as bus_factor
    from ranked
    group by repository_id
),

commit_totals as (
    select
        repository_id,
        sum(if(is_bot, 0, commit_count)) as commit_count,
        sum(if(is_bot, commit_count, 0)) as bot_commit_count,
        sum(if(is_bot, 0, additions)) as additions,
        sum(if(is_bot, 0, deletions)) as deletions
    from {{ ref('fct_daily_commits') }}
    group by repository_id
),

pull_request_totals as (
    select
        repository_id,
        countif(not is_by_bot) as pull_request_count,
        countif(state = 'open' and not is_by_bot) as open_count,
        countif(state = 'merged' and not is_by_bot) as merged_count,
        countif(state = 'closed' and not is_by_bot) as closed_count,
        countif(is_stale and not is_by_bot) as stale_count,
        countif(is_merged_without_review and not is_by_bot)
            as merged_without_review_count,
        countif(is_by_bot) as bot_pull_request_count,
        countif(state = 'merged' and is_by_bot) as bot_merged_count,
        count(distinct if(is_by_bot, null, author_user_id))
            as pull_request_author_count
    from pull_requests
    group by repository_id
),

active as (
    select
        repository_id,
        countif(act = 'review') as review_count,
        countif(act = 'comment') as comment_count,
        count(distinct actor_key) as active_people_count,
        min(acted_at) as first_activity_at,
        max(acted_at) as last_activity_at,
        count(distinct {{ week_of('acted_on') }}) as active_week_count
    from {{ ref('int_repository_acts') }}
    where not is_actor_bot
    group by repository_id
),

final as (
    select
        -- ids
        repositories.repository_id,

        -- strings
        repositories.repository_name,

        -- numerics
        coalesce(pull_request_totals.pull_request_count, 0)
            as pull_request_count,
        coalesce(pull_request_totals.open_count, 0) as open_count,
        coalesce(pull_request_totals.merged_count, 0) as merged_count,
        coalesce(pull_request_totals.closed_count, 0) as closed_count,
        coalesce(pull_request_totals.stale_count, 0) as stale_count,
        coalesce(pull_request_totals.merged_without_review_count, 0)
            as merged_without_review_count,
        coalesce(pull_request_totals.pull_request_author_count, 0)
            as pull_request_author_count,
        coalesce(pull_request_totals.bot_pull_request_count, 0)
            as bot_pull_request_count,
        coalesce(pull_request_totals.bot_merged_count, 0) as bot_merged_count,
        coalesce(active.review_count, 0) as review_count,
        coalesce(active.comment_count, 0) as comment_count,
        coalesce(active.active_people_count, 0) as active_people_count,
        coalesce(commit_totals.commit_count, 0) as commit_count,
        coalesce(commit_totals.bot_commit_count, 0) as bot_commit_count,
        coalesce(commit_totals.additions, 0) as additions,
        coalesce(commit_totals.deletions, 0) as deletions,
        coalesce(concentration.commit_author_count, 0) as commit_author_count,
        concentration.commit_gini,
        concentration.bus_factor,
        coalesce(active.active_week_count, 0) as active_week_count,

        -- booleans
        repositories.is_archived,

        -- timestamps
        active.first_activity_at,
        active.last_activity_at
    from repositories
    left join pull_request_totals
        on repositories.repository_id = pull_request_totals.repository_id
    left join commit_totals
        on repositories.repository_id = commit_totals.repository_id
    left join concentration
        on repositories.repository_id = concentration.repository_id
    left join active on repositories.repository_id = active.repository_id
)

select * from final

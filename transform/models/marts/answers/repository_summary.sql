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
        sum(commit_count) as commit_count,
        sum(additions) as additions,
        sum(deletions) as deletions
    from daily_commits
    group by repository_id
),

pull_request_totals as (
    select
        repository_id,
        count(*) as pull_request_count,
        countif(state = 'open') as open_count,
        countif(state = 'merged') as merged_count,
        countif(state = 'closed') as closed_count,
        countif(is_stale) as stale_count,
        countif(is_merged_without_review) as merged_without_review_count,
        count(distinct author_user_id) as pull_request_author_count
    from pull_requests
    group by repository_id
),

activity as (
    select
        repository_id,
        first_commit_at as first_at,
        last_commit_at as last_at,
        {{ week_of('commit_date') }} as week_start
    from daily_commits

    union all

    select
        repository_id,
        created_at as first_at,
        coalesce(merged_at, closed_at, created_at) as last_at,
        {{ week_of(local_date('created_at')) }} as week_start
    from pull_requests
),

active as (
    select
        repository_id,
        min(first_at) as first_activity_at,
        max(last_at) as last_activity_at,
        count(distinct week_start) as active_week_count
    from activity
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
        coalesce(commit_totals.commit_count, 0) as commit_count,
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

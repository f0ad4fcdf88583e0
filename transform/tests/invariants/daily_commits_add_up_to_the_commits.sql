with

daily as (
    select sum(commit_count) as commit_count
    from {{ ref('fct_daily_commits') }}
),

commits as (
    select count(*) as commit_count
    from {{ ref('int_commits_attributed') }}
)

select
    daily.commit_count as daily_commits,
    commits.commit_count as commits
from daily
cross join commits
where coalesce(daily.commit_count, 0) != commits.commit_count

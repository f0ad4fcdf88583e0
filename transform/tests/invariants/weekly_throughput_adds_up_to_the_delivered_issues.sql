with

weekly as (
    select
        sum(completed_count) as completed_count,
        sum(created_count) as created_count
    from {{ ref('agg_team_weekly_flow') }}
),

issues as (
    select
        countif(is_delivered) as completed_count,
        count(*) as created_count
    from {{ ref('fct_issues') }}
    where
        not is_deleted
        and date(created_at) >= (
            select min(date_day) from {{ ref('dim_dates') }}
        )
        and date(coalesce(completed_at, created_at)) <= (
            select max(date_day) from {{ ref('dim_dates') }}
        )
)

select
    weekly.completed_count as weekly_completed,
    issues.completed_count as issues_completed,
    weekly.created_count as weekly_created,
    issues.created_count as issues_created
from weekly
cross join issues
where
    coalesce(weekly.completed_count, 0) != issues.completed_count
    or coalesce(weekly.created_count, 0) != issues.created_count

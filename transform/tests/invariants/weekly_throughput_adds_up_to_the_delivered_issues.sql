with

weekly as (
    select
        sum(completed_count) as completed_count,
        sum(created_count) as created_count
    from {{ ref('agg_team_weekly_flow') }}
),

days as (
    select
        min(week_start) as first_day,
        max(date_day) as last_day
    from {{ ref('dim_dates') }}
),

issues as (
    select
        countif(
            facts.is_delivered
            and {{ local_date('facts.completed_at') }}
            between days.first_day and days.last_day
        ) as completed_count,
        countif(
            {{ local_date('facts.created_at') }}
            between days.first_day and days.last_day
        ) as created_count
    from {{ ref('fct_issues') }} as facts
    cross join days
    where not facts.is_deleted
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

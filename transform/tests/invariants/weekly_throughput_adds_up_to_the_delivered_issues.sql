with

weekly as (
    select
        sum(completed_count) as completed_count,
        sum(created_count) as created_count
    from {{ ref('agg_team_weekly_flow') }}
),

issues as (
    select
        countif(facts.is_delivered) as completed_count,
        count(*) as created_count
    from {{ ref('fct_issues') }} as facts
    where
        not facts.is_deleted
        and date(facts.created_at) >= (
            select min(dates.date_day) from {{ ref('dim_dates') }} as dates
        )
        and date(coalesce(facts.completed_at, facts.created_at)) <= (
            select max(dates.date_day) from {{ ref('dim_dates') }} as dates
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

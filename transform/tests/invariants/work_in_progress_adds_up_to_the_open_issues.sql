-- Of the issues whose spans are known: the stream may be deselected.
with

last_day as (
    select sum(flow.issue_count) as issue_count
    from {{ ref('agg_daily_work_in_progress') }} as flow
    where
        flow.is_open
        and flow.date_day = (
            select max(dates.date_day) from {{ ref('dim_dates') }} as dates
        )
),

open_issues as (
    select count(*) as issue_count
    from {{ ref('fct_issues') }} as issues
    where
        issues.state_category in ('triage', 'backlog', 'unstarted', 'started')
        and not issues.is_deleted
        and issues.issue_id in (
            select spans.issue_id
            from {{ ref('fct_issue_state_spans') }} as spans
        )
)

select
    last_day.issue_count as in_progress,
    open_issues.issue_count as open_issues
from last_day
cross join open_issues
where coalesce(last_day.issue_count, 0) != open_issues.issue_count

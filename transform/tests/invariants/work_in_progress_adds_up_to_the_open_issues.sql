-- Compares only issues that have spans, because the stream may be deselected.
-- An issue whose last span is in another state than the issue counts in the
-- state of the span (issues_disagree_with_their_spans lists it).
with

last_day as (
    select max(dates.date_day) as date_day
    from {{ ref('dim_dates') }} as dates
),

daily as (
    select
        flow.team_id,
        sum(if(flow.is_open, flow.issue_count, 0)) as open_count,
        sum(if(flow.state_category = 'started', flow.issue_count, 0))
            as started_count
    from {{ ref('agg_daily_work_in_progress') }} as flow
    inner join last_day on flow.date_day = last_day.date_day
    group by flow.team_id
),

weekly as (
    select
        flow.team_id,
        flow.work_in_progress
    from {{ ref('agg_team_weekly_flow') }} as flow
    inner join last_day
        on flow.week_start = {{ week_of('last_day.date_day') }}
),

issues as (
    select
        issues.team_id,
        if(
            issues.workflow_state_id = spans.workflow_state_id,
            issues.state_category,
            spans.state_category
        ) as state_category
    from {{ ref('fct_issues') }} as issues
    inner join {{ ref('fct_issue_state_spans') }} as spans
        on issues.issue_id = spans.issue_id
    where spans.is_current and not issues.is_deleted
),

expected as (
    select
        team_id,
        countif(
            state_category in ('triage', 'backlog', 'unstarted', 'started')
        ) as open_count,
        countif(state_category = 'started') as started_count
    from issues
    group by team_id
)

select
    coalesce(expected.team_id, daily.team_id) as team_id,
    expected.open_count,
    daily.open_count as daily_open_count,
    expected.started_count,
    daily.started_count as daily_started_count,
    weekly.work_in_progress as weekly_work_in_progress
from expected
full join daily on expected.team_id = daily.team_id
left join weekly on coalesce(expected.team_id, daily.team_id) = weekly.team_id
where
    coalesce(expected.open_count, 0) != coalesce(daily.open_count, 0)
    or coalesce(expected.started_count, 0) != coalesce(daily.started_count, 0)
    or coalesce(expected.started_count, 0)
    != coalesce(weekly.work_in_progress, 0)

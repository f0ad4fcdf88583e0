{%- set measures = ['lead_time_hours', 'cycle_time_hours'] -%}

with

dates as (
    select * from {{ ref('dim_dates') }}
),

teams as (
    select * from {{ ref('dim_teams') }}
),

issues as (
    select * from {{ ref('fct_issues') }}
    where not is_deleted
),

spans as (
    select * from {{ ref('fct_issue_state_spans') }}
    where is_reopening and not is_deleted
),

work_in_progress as (
    select * from {{ ref('agg_daily_work_in_progress') }}
    where state_category = 'started'
),

created as (
    select
        team_id,
        {{ week_of(local_date('created_at')) }} as week_start,
        count(*) as created_count
    from issues
    group by team_id, week_start
),

delivered as (
    select
        team_id,
        {{ week_of(local_date('completed_at')) }} as week_start,
        estimate,
        lead_time_hours,
        cycle_time_hours
    from issues
    where is_delivered
),

delivered_percentiles as (
    select
        *,
        {{ percentile_columns(measures, ['team_id', 'week_start']) }}
    from delivered
),

throughput as (
    select
        team_id,
        week_start,
        count(*) as completed_count,
        sum(estimate) as completed_points,
        {{ summary_columns(measures) }}
    from delivered_percentiles
    group by team_id, week_start
),

reopened as (
    select
        team_id,
        {{ week_of(local_date('entered_at')) }} as week_start,
        count(*) as reopened_count
    from spans
    group by team_id, week_start
),

-- An imported issue can be completed before it was created.
first_changes as (
    select
        team_id,
        week_start
    from created
    union all
    select
        team_id,
        week_start
    from throughput
),

first_weeks as (
    select
        team_id,
        min(week_start) as week_start
    from first_changes
    group by team_id
),

-- A team's weeks start with its first issue and include weeks without
-- events.
weeks as (
    select
        first_weeks.team_id,
        dates.week_start,
        max(dates.date_day) as last_day
    from dates
    inner join first_weeks on dates.week_start >= first_weeks.week_start
    group by first_weeks.team_id, dates.week_start
),

final as (
    select
        -- ids
        {{ surrogate_key(['weeks.team_id', 'weeks.week_start']) }}
            as team_week_id,
        weeks.team_id,

        -- strings
        teams.team_key,
        teams.team_name,

        -- numerics
        coalesce(created.created_count, 0) as created_count,
        coalesce(throughput.completed_count, 0) as completed_count,
        coalesce(throughput.completed_points, 0) as completed_points,
        {{ summary_columns_of(measures, 'throughput') }}
        coalesce(work_in_progress.issue_count, 0) as work_in_progress,
        coalesce(reopened.reopened_count, 0) as reopened_count,

        -- dates
        weeks.week_start
    from weeks
    left join teams on weeks.team_id = teams.team_id
    left join created
        on
            weeks.team_id = created.team_id
            and weeks.week_start = created.week_start
    left join throughput
        on
            weeks.team_id = throughput.team_id
            and weeks.week_start = throughput.week_start
    left join reopened
        on
            weeks.team_id = reopened.team_id
            and weeks.week_start = reopened.week_start
    left join work_in_progress
        on
            weeks.team_id = work_in_progress.team_id
            and weeks.last_day = work_in_progress.date_day
)

select * from final

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
    where is_reopening
),

work_in_progress as (
    select * from {{ ref('agg_daily_work_in_progress') }}
    where state_category = 'started'
),

first_weeks as (
    select
        team_id,
        min({{ week_of(local_date('created_at')) }}) as week_start
    from issues
    group by team_id
),

-- A week begins with a team's first issue and goes on whether or not anything
-- happens in it.
weeks as (
    select
        first_weeks.team_id,
        dates.week_start,
        max(dates.date_day) as last_day
    from dates
    inner join first_weeks on dates.week_start >= first_weeks.week_start
    group by first_weeks.team_id, dates.week_start
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
    {% for measure in ['lead_time', 'cycle_time'] -%}
    {% for share, name in [(0.5, 'p50'), (0.85, 'p85')] -%}
        {{ percentile(measure ~ '_hours', share, ['team_id', 'week_start']) }}
            as {{ name }}_{{ measure }}_hours
        {{- "," if not (loop.last and measure == 'cycle_time') }}
    {% endfor -%}
    {% endfor %}
    from delivered
),

throughput as (
    select
        team_id,
        week_start,
        count(*) as completed_count,
        sum(estimate) as completed_points,
        avg(lead_time_hours) as avg_lead_time_hours,
        max(p50_lead_time_hours) as p50_lead_time_hours,
        max(p85_lead_time_hours) as p85_lead_time_hours,
        avg(cycle_time_hours) as avg_cycle_time_hours,
        max(p50_cycle_time_hours) as p50_cycle_time_hours,
        max(p85_cycle_time_hours) as p85_cycle_time_hours
    from delivered_percentiles
    group by team_id, week_start
),

reopened as (
    select
        issues.team_id,
        {{ week_of(local_date('spans.entered_at')) }} as week_start,
        count(*) as reopened_count
    from spans
    inner join issues on spans.issue_id = issues.issue_id
    group by issues.team_id, week_start
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
        throughput.avg_lead_time_hours,
        throughput.p50_lead_time_hours,
        throughput.p85_lead_time_hours,
        throughput.avg_cycle_time_hours,
        throughput.p50_cycle_time_hours,
        throughput.p85_cycle_time_hours,
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

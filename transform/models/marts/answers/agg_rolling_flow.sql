{%- set issue_measures = ['lead_time_hours', 'cycle_time_hours'] %}
{%- set pull_request_measures = [
    'changed_lines', 'pickup_time_hours', 'review_time_hours',
    'open_to_merge_hours',
] %}

with

dates as (
    select * from {{ ref('dim_dates') }}
),

teams as (
    select * from {{ ref('dim_teams') }}
),

repositories as (
    select * from {{ ref('dim_repositories') }}
),

-- Each day takes in what was delivered or merged in the 90 days that end
-- with it.
team_work as (
    select
        team_id,
        {{ local_date('completed_at') }} as finished_on,
        lead_time_hours,
        cycle_time_hours
    from {{ ref('fct_issues') }}
    where is_delivered and not is_deleted
),

team_first_days as (
    select
        team_id,
        min(finished_on) as first_day
    from team_work
    group by team_id
),

team_days as (
    select
        first_days.team_id,
        dates.date_day,
        finished.finished_on,
        finished.lead_time_hours,
        finished.cycle_time_hours
    from dates
    inner join team_first_days as first_days
        on dates.date_day >= first_days.first_day
    left join team_work as finished
        on
            first_days.team_id = finished.team_id
            and dates.date_day >= finished.finished_on
            and date_sub(dates.date_day, interval 90 day) < finished.finished_on
),

team_percentiles as (
    select
        *,
        {{ percentile_columns(
            issue_measures, ['team_id', 'date_day']
        ) }}
    from team_days
),

team_flow as (
    select
        team_id,
        date_day,
        count(finished_on) as finished_count,
        {{ summary_columns(issue_measures) }}
    from team_percentiles
    group by team_id, date_day
),

repository_work as (
    select
        repository_id,
        {{ local_date('merged_at') }} as finished_on,
        changed_lines,
        pickup_time_hours,
        review_time_hours,
        open_to_merge_hours
    from {{ ref('fct_pull_requests') }}
    where state = 'merged' and not is_by_bot
),

repository_first_days as (
    select
        repository_id,
        min(finished_on) as first_day
    from repository_work
    group by repository_id
),

repository_days as (
    select
        first_days.repository_id,
        dates.date_day,
        finished.finished_on,
        finished.changed_lines,
        finished.pickup_time_hours,
        finished.review_time_hours,
        finished.open_to_merge_hours
    from dates
    inner join repository_first_days as first_days
        on dates.date_day >= first_days.first_day
    left join repository_work as finished
        on
            first_days.repository_id = finished.repository_id
            and dates.date_day >= finished.finished_on
            and date_sub(dates.date_day, interval 90 day) < finished.finished_on
),

repository_percentiles as (
    select
        *,
        {{ percentile_columns(
            pull_request_measures, ['repository_id', 'date_day']
        ) }}
    from repository_days
),

repository_flow as (
    select
        repository_id,
        date_day,
        count(finished_on) as finished_count,
        {{ summary_columns(pull_request_measures) }}
    from repository_percentiles
    group by repository_id, date_day
),

final as (
    select
        -- ids
        {{ surrogate_key(
            ["'team'", 'flow.team_id', 'flow.date_day']
        ) }} as rolling_flow_id,
        flow.team_id,
        cast(null as int64) as repository_id,

        -- strings
        'team' as scope,
        teams.team_key as scope_name,

        -- numerics
        flow.finished_count,
        {{ summary_columns_of(issue_measures, 'flow') }}
        {{ no_summary_columns(pull_request_measures) }}

        -- dates
        flow.date_day
    from team_flow as flow
    left join teams on flow.team_id = teams.team_id

    union all

    select
        {{ surrogate_key(
            ["'repository'", 'flow.repository_id', 'flow.date_day']
        ) }} as rolling_flow_id,
        cast(null as string) as team_id,
        flow.repository_id,
        'repository' as scope,
        repositories.repository_name as scope_name,
        flow.finished_count,
        {{ no_summary_columns(issue_measures) }}
        {{ summary_columns_of(pull_request_measures, 'flow') }}
        flow.date_day
    from repository_flow as flow
    left join repositories
        on flow.repository_id = repositories.repository_id
)

select * from final

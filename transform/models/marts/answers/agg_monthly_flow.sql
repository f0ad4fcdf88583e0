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

-- A month begins with the first day of dim_dates that lies in it.
team_work as (
    select
        team_id,
        {{ local_date('completed_at') }} as finished_on,
        {{ month_of(local_date('completed_at')) }} as month_start,
        lead_time_hours,
        cycle_time_hours
    from {{ ref('fct_issues') }}
    where is_delivered and not is_deleted
),

team_first_days as (
    select
        team_id,
        min(month_start) as first_month
    from team_work
    group by team_id
),

months_of_team as (
    select distinct
        first_days.team_id,
        dates.month_start
    from dates
    inner join team_first_days as first_days
        on dates.month_start >= first_days.first_month
),

team_days as (
    select
        months.team_id,
        months.month_start,
        finished.finished_on,
        finished.lead_time_hours,
        finished.cycle_time_hours
    from months_of_team as months
    left join team_work as finished
        on
            months.team_id = finished.team_id
            and months.month_start = finished.month_start
),

team_percentiles as (
    select
        *,
        {{ percentile_columns(
            issue_measures, ['team_id', 'month_start']
        ) }}
    from team_days
),

team_flow as (
    select
        team_id,
        month_start,
        count(finished_on) as finished_count,
        {{ summary_columns(issue_measures) }}
    from team_percentiles
    group by team_id, month_start
),

repository_work as (
    select
        repository_id,
        {{ local_date('merged_at') }} as finished_on,
        {{ month_of(local_date('merged_at')) }} as month_start,
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
        min(month_start) as first_month
    from repository_work
    group by repository_id
),

months_of_repository as (
    select distinct
        first_days.repository_id,
        dates.month_start
    from dates
    inner join repository_first_days as first_days
        on dates.month_start >= first_days.first_month
),

repository_days as (
    select
        months.repository_id,
        months.month_start,
        finished.finished_on,
        finished.changed_lines,
        finished.pickup_time_hours,
        finished.review_time_hours,
        finished.open_to_merge_hours
    from months_of_repository as months
    left join repository_work as finished
        on
            months.repository_id = finished.repository_id
            and months.month_start = finished.month_start
),

repository_percentiles as (
    select
        *,
        {{ percentile_columns(
            pull_request_measures, ['repository_id', 'month_start']
        ) }}
    from repository_days
),

repository_flow as (
    select
        repository_id,
        month_start,
        count(finished_on) as finished_count,
        {{ summary_columns(pull_request_measures) }}
    from repository_percentiles
    group by repository_id, month_start
),

final as (
    select
        -- ids
        {{ surrogate_key(
            ["'team'", 'flow.team_id', 'flow.month_start']
        ) }} as monthly_flow_id,
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
        flow.month_start
    from team_flow as flow
    left join teams on flow.team_id = teams.team_id

    union all

    select
        {{ surrogate_key(
            ["'repository'", 'flow.repository_id', 'flow.month_start']
        ) }} as monthly_flow_id,
        cast(null as string) as team_id,
        flow.repository_id,
        'repository' as scope,
        repositories.repository_name as scope_name,
        flow.finished_count,
        {{ no_summary_columns(issue_measures) }}
        {{ summary_columns_of(pull_request_measures, 'flow') }}
        flow.month_start
    from repository_flow as flow
    left join repositories
        on flow.repository_id = repositories.repository_id
)

select * from final

{%- set measures = ['check_hours'] %}
{%- set windows = {'week': 7, 'last_90_days': 90} %}

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

pull_requests as (
    select * from {{ ref('fct_pull_requests') }}
    where not is_by_bot
),

-- A suite that was skipped has checked nothing.
checks as (
    select
        *,
        {{ is_failed_check('first_conclusion') }} as is_first_failed,
        {{ local_date('created_at') }} as happened_on
    from {{ ref('fct_pull_request_checks') }}
    where
        status = 'completed'
        and run_count > 0
        and first_conclusion is not null
        and last_conclusion != 'skipped'
),

-- Two pull requests can have the same commit: its suite counts once.
events as (
    {%- for scope in ['repository', 'team'] %}
        select distinct
            '{{ scope }}' as scope,
            cast(pull_requests.{{ scope }}_id as string) as scope_id,
            checks.check_suite_id,
            checks.check_hours,
            checks.is_first_failed,
            checks.is_flaky,
            checks.happened_on
        from checks
        inner join pull_requests
            on checks.pull_request_id = pull_requests.pull_request_id
        where pull_requests.{{ scope }}_id is not null
        {{ "union all" if not loop.last }}
    {%- endfor %}
),

firsts as (
    select
        scope,
        scope_id,
        min(happened_on) as first_day
    from events
    group by scope, scope_id
),

-- Both windows end with the week.
windows as (
    {%- for name, days in windows.items() %}
        select distinct
            firsts.scope,
            firsts.scope_id,
            '{{ name }}' as time_window,
            dates.week_start,
            date_sub(
                date_add(dates.week_start, interval 7 day),
                interval {{ days }} day
            ) as window_start,
            date_add(dates.week_start, interval 6 day) as window_end
        from dates
        inner join firsts
            on firsts.first_day <= date_add(dates.week_start, interval 6 day)
        {{ "union all" if not loop.last }}
    {%- endfor %}
),

expanded as (
    select
        windows.*,
        events.check_suite_id,
        coalesce(events.is_first_failed, false) as is_first_failed,
        coalesce(events.is_flaky, false) as is_flaky,
        {{ measures | join(',\n        ') }}
    from windows
    left join events
        on
            windows.scope = events.scope
            and windows.scope_id = events.scope_id
            and windows.window_start <= events.happened_on
            and windows.window_end >= events.happened_on
),

percentiles as (
    select
        *,
        {{ percentile_columns(
            measures, ['scope', 'scope_id', 'time_window', 'week_start']
        ) }}
    from expanded
),

grouped as (
    select
        scope,
        scope_id,
        time_window,
        week_start,
        count(check_suite_id) as check_count,
        countif(is_first_failed) as first_failed_count,
        countif(is_flaky) as flaky_count,
        {{ summary_columns(measures) }}
    from percentiles
    group by scope, scope_id, time_window, week_start
)

select
    -- ids
    {{ surrogate_key([
        'grouped.scope', 'grouped.scope_id', 'grouped.time_window',
        'grouped.week_start',
    ]) }} as check_performance_id,
    teams.team_id,
    repositories.repository_id,

    -- strings
    grouped.scope,
    coalesce(teams.team_key, repositories.repository_name) as scope_name,
    grouped.time_window,

    -- numerics
    grouped.check_count,
    {{ summary_columns_of(measures, 'grouped') }}
    grouped.first_failed_count,
    safe_divide(grouped.first_failed_count, grouped.check_count)
        as first_failure_rate,
    grouped.flaky_count,
    safe_divide(grouped.flaky_count, grouped.check_count) as flaky_rate,

    -- dates
    grouped.week_start
from grouped
left join teams
    on grouped.scope = 'team' and grouped.scope_id = teams.team_id
left join repositories
    on
        grouped.scope = 'repository'
        and grouped.scope_id = cast(repositories.repository_id as string)

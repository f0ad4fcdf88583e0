{%- set measures = ['lead_time_for_changes_hours', 'recovery_hours'] %}
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

deployments as (
    select
        *,
        {{ local_date('finished_at') }} as happened_on
    from {{ ref('fct_deployments') }}
    where is_finished
),

contents as (
    select * from {{ ref('bridge_deployments_pull_requests') }}
),

pull_requests as (
    select * from {{ ref('fct_pull_requests') }}
),

links as (
    select * from {{ ref('bridge_issues_pull_requests') }}
    where is_primary
),

issues as (
    select * from {{ ref('fct_issues') }}
),

first_deliveries as (
    select
        *,
        {{ local_date('deployed_at') }} as happened_on
    from contents
    where is_first_delivery and not is_by_bot
),

labelled as (
    select
        pull_requests.pull_request_id,
        pull_requests.repository_id,
        pull_requests.merged_at,
        pull_requests.reverted_pull_request_id,
        pull_requests.is_revert,
        array_concat(
            pull_requests.labels, coalesce(issues.labels, array<string>[])
        ) as labels
    from pull_requests
    left join links
        on pull_requests.pull_request_id = links.pull_request_id
    left join issues on links.issue_id = issues.issue_id
    where
        pull_requests.state = 'merged' and not pull_requests.is_by_bot
),

-- A fix names what it reverts, or has a label that says so. A revert of a
-- revert brings work back: it fixes nothing.
fixes as (
    select
        labelled.pull_request_id,
        labelled.repository_id,
        labelled.merged_at,
        labelled.reverted_pull_request_id
    from labelled
    left join pull_requests as reverted
        on labelled.reverted_pull_request_id = reverted.pull_request_id
    where
        not coalesce(reverted.is_revert, false)
        and (
            labelled.is_revert
            or exists (
                select 1
                from unnest(labelled.labels) as label
                where {{ is_label_among('label', var('rework_labels')) }}
            )
        )
),

-- What it fixes was deployed in the days before: the pull request that it
-- names, otherwise anything in its repository.
rework as (
    select distinct fixes.pull_request_id
    from fixes
    inner join contents
        on
            fixes.repository_id = contents.repository_id
            and contents.is_first_delivery
            and fixes.pull_request_id != contents.pull_request_id
            and (
                fixes.reverted_pull_request_id is null
                or fixes.reverted_pull_request_id = contents.pull_request_id
            )
            and fixes.merged_at >= contents.deployed_at
            and timestamp_sub(
                fixes.merged_at, interval {{ var('rework_days') }} day
            ) <= contents.deployed_at
),

merges as (
    select
        pull_requests.repository_id,
        pull_requests.team_id,
        rework.pull_request_id is not null as is_rework,
        {{ local_date('pull_requests.merged_at') }} as happened_on
    from pull_requests
    left join rework
        on pull_requests.pull_request_id = rework.pull_request_id
    where
        pull_requests.state = 'merged' and not pull_requests.is_by_bot
),

-- A deployment belongs to each team that it contains work of.
team_deployments as (
    select distinct
        contents.team_id,
        deployments.deployment_id,
        deployments.is_failed,
        deployments.recovery_hours,
        deployments.happened_on
    from deployments
    inner join contents
        on deployments.deployment_id = contents.deployment_id
    where contents.team_id is not null
),

events as (
    {%- for scope in ['repository', 'team'] %}
        {%- set id = scope ~ '_id' %}
        select
            '{{ scope }}' as scope,
            cast({{ id }} as string) as scope_id,
            happened_on,
            true as is_deployment,
            is_failed,
            false as is_merge,
            false as is_rework,
            cast(null as float64) as lead_time_for_changes_hours,
            recovery_hours
        from {{ 'team_' if scope == 'team' }}deployments

        union all

        select
            '{{ scope }}' as scope,
            cast({{ id }} as string) as scope_id,
            happened_on,
            false as is_deployment,
            false as is_failed,
            false as is_merge,
            false as is_rework,
            lead_time_for_changes_hours,
            cast(null as float64) as recovery_hours
        from first_deliveries
        where {{ id }} is not null

        union all

        select
            '{{ scope }}' as scope,
            cast({{ id }} as string) as scope_id,
            happened_on,
            false as is_deployment,
            false as is_failed,
            true as is_merge,
            is_rework,
            cast(null as float64) as lead_time_for_changes_hours,
            cast(null as float64) as recovery_hours
        from merges
        where {{ id }} is not null
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
            {{ days }} as window_days,
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
        events.happened_on,
        coalesce(events.is_deployment, false) as is_deployment,
        coalesce(events.is_failed, false) as is_failed,
        coalesce(events.is_merge, false) as is_merge,
        coalesce(events.is_rework, false) as is_rework,
        events.lead_time_for_changes_hours,
        events.recovery_hours
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
        window_days,
        week_start,
        countif(is_deployment) as deployment_count,
        countif(is_deployment and is_failed) as failed_deployment_count,
        countif(is_merge) as merged_count,
        countif(is_merge and is_rework) as rework_count,
        {{ summary_columns(measures) }}
    from percentiles
    group by scope, scope_id, time_window, window_days, week_start
)

select
    -- ids
    {{ surrogate_key([
        'grouped.scope', 'grouped.scope_id', 'grouped.time_window',
        'grouped.week_start',
    ]) }} as delivery_performance_id,
    teams.team_id,
    repositories.repository_id,

    -- strings
    grouped.scope,
    coalesce(teams.team_key, repositories.repository_name) as scope_name,
    grouped.time_window,

    -- numerics
    grouped.deployment_count,
    grouped.deployment_count / grouped.window_days as deployments_per_day,
    {{ summary_columns_of(measures, 'grouped') }}
    grouped.failed_deployment_count,
    safe_divide(grouped.failed_deployment_count, grouped.deployment_count)
        as change_failure_rate,
    grouped.rework_count,
    grouped.merged_count,
    safe_divide(grouped.rework_count, grouped.merged_count) as rework_rate,

    -- dates
    grouped.week_start
from grouped
left join teams
    on grouped.scope = 'team' and grouped.scope_id = teams.team_id
left join repositories
    on
        grouped.scope = 'repository'
        and grouped.scope_id = cast(repositories.repository_id as string)

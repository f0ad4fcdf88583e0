{%- set measures = [
    'changed_lines', 'pickup_time_hours', 'review_rounds',
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

pull_requests as (
    select * from {{ ref('fct_pull_requests') }}
),

assisted as (
    select pull_request_id from {{ ref('fct_pull_request_assistance') }}
),

agents as (
    select lower(pattern) as login
    from {{ ref('agents') }}
    where kind = 'login'
),

-- A revert of a revert brings work back.
reverted as (
    select distinct reverts.reverted_pull_request_id as pull_request_id
    from pull_requests as reverts
    where
        reverts.is_revert
        and reverts.state = 'merged'
        and reverts.reverted_pull_request_id is not null
),

-- Pull requests with checks, whether or not one of them failed at first.
checked as (
    select
        pull_request_id,
        logical_or({{ is_failed_check('first_conclusion') }})
            as has_check_failure
    from {{ ref('fct_pull_request_checks') }}
    where status = 'completed' and run_count > 0
    group by pull_request_id
),

-- Work by people and by agents. Any other bot is neither.
merged as (
    select
        pull_requests.repository_id,
        pull_requests.team_id,
        assisted.pull_request_id is not null as is_assisted,
        reverted.pull_request_id is not null as is_reverted,
        checked.pull_request_id is not null as is_checked,
        coalesce(checked.has_check_failure, false) as has_check_failure,
        pull_requests.changed_lines,
        pull_requests.pickup_time_hours,
        pull_requests.review_rounds,
        pull_requests.open_to_merge_hours,
        {{ month_of(local_date('pull_requests.merged_at')) }} as month_start
    from pull_requests
    left join assisted
        on pull_requests.pull_request_id = assisted.pull_request_id
    left join reverted
        on pull_requests.pull_request_id = reverted.pull_request_id
    left join checked
        on pull_requests.pull_request_id = checked.pull_request_id
    left join agents
        on
            regexp_replace(
                lower(pull_requests.author_login), r'\[bot\]$', ''
            ) = agents.login
    where
        pull_requests.state = 'merged'
        and (not pull_requests.is_by_bot or agents.login is not null)
),

scoped as (
    {%- for scope in ['repository', 'team'] %}
        select
            '{{ scope }}' as scope,
            cast({{ scope }}_id as string) as scope_id,
            merged.*
        from merged
        where {{ scope }}_id is not null
        {{ "union all" if not loop.last }}
    {%- endfor %}
),

firsts as (
    select
        scope,
        scope_id,
        min(month_start) as first_month
    from scoped
    group by scope, scope_id
),

-- Each month has a row for work with an agent and one for work without.
months as (
    select distinct
        firsts.scope,
        firsts.scope_id,
        dates.month_start,
        is_assisted
    from dates
    inner join firsts on dates.month_start >= firsts.first_month
    cross join unnest([true, false]) as is_assisted
),

expanded as (
    select
        months.*,
        scoped.scope is not null as is_merged,
        coalesce(scoped.is_reverted, false) as is_reverted,
        coalesce(scoped.is_checked, false) as is_checked,
        coalesce(scoped.has_check_failure, false) as has_check_failure,
        {{ measures | join(',\n        ') }}
    from months
    left join scoped
        on
            months.scope = scoped.scope
            and months.scope_id = scoped.scope_id
            and months.month_start = scoped.month_start
            and months.is_assisted = scoped.is_assisted
),

percentiles as (
    select
        *,
        {{ percentile_columns(
            measures, ['scope', 'scope_id', 'month_start', 'is_assisted']
        ) }}
    from expanded
),

grouped as (
    select
        scope,
        scope_id,
        month_start,
        is_assisted,
        countif(is_merged) as pull_request_count,
        countif(is_reverted) as reverted_count,
        countif(is_checked) as checked_count,
        countif(has_check_failure) as check_failure_count,
        {{ summary_columns(measures) }}
    from percentiles
    group by scope, scope_id, month_start, is_assisted
),

totalled as (
    select
        *,
        sum(pull_request_count) over (
            partition by scope, scope_id, month_start
        ) as merged_count
    from grouped
)

select
    -- ids
    {{ surrogate_key([
        'totalled.scope', 'totalled.scope_id', 'totalled.month_start',
        'totalled.is_assisted',
    ]) }} as assisted_work_id,
    teams.team_id,
    repositories.repository_id,

    -- strings
    totalled.scope,
    coalesce(teams.team_key, repositories.repository_name) as scope_name,

    -- numerics
    totalled.pull_request_count,
    totalled.merged_count,
    safe_divide(totalled.pull_request_count, totalled.merged_count)
        as pull_request_share,
    totalled.reverted_count,
    totalled.checked_count,
    totalled.check_failure_count,
    {{ summary_columns_of(measures, 'totalled') }}

    -- booleans
    totalled.is_assisted,

    -- dates
    totalled.month_start
from totalled
left join teams
    on totalled.scope = 'team' and totalled.scope_id = teams.team_id
left join repositories
    on
        totalled.scope = 'repository'
        and totalled.scope_id = cast(repositories.repository_id as string)

with

cycles as (
    select
        cycle_id,
        coalesce(completed_at, ends_at) as closes_at
    from {{ ref('stg_linear__cycles') }}
),

dimension as (
    select * from {{ ref('dim_cycles') }}
    where not is_deleted
),

issues as (
    select * from {{ ref('fct_issues') }}
    where not is_deleted
),

cycle_spans as (
    select * from {{ ref('int_issue_cycles_spanned') }}
),

state_spans as (
    select * from {{ ref('fct_issue_state_spans') }}
    where state_category = 'completed'
),

carried_over as (
    select distinct
        cycle_id,
        issue_id
    from {{ ref('stg_linear__cycle_uncompleted_issues') }}
    where not is_deleted
),

-- One row per cycle and issue that was ever in it while it ran. Linear rolls
-- the issues of the cycle before over a little after the start: what joins
-- within ten minutes was there at the start.
spanned as (
    select
        cycle_spans.cycle_id,
        cycle_spans.issue_id,
        logical_or(
            cycle_spans.entered_at
            <= timestamp_add(dimension.starts_at, interval 10 minute)
        ) as is_in_at_start,
        -- The close itself moves what is not done to the next cycle.
        logical_or(
            cycle_spans.left_at is null
            or cycle_spans.left_at >= cycles.closes_at
        ) as is_in_at_close
    from cycle_spans
    inner join dimension on cycle_spans.cycle_id = dimension.cycle_id
    inner join cycles on cycle_spans.cycle_id = cycles.cycle_id
    where
        cycle_spans.entered_at < cycles.closes_at
        and (
            cycle_spans.left_at is null
            or cycle_spans.left_at > dimension.starts_at
        )
    group by cycle_spans.cycle_id, cycle_spans.issue_id
),

-- Linear's own list decides what was carried over, also where the history
-- does not show that the issue was in the cycle.
memberships as (
    select
        coalesce(spanned.cycle_id, carried_over.cycle_id) as cycle_id,
        coalesce(spanned.issue_id, carried_over.issue_id) as issue_id,
        coalesce(spanned.is_in_at_start, true) as is_in_at_start,
        coalesce(spanned.is_in_at_close, false)
        or carried_over.issue_id is not null as is_in_at_close,
        carried_over.issue_id is not null as is_carried_over
    from spanned
    full join carried_over
        on
            spanned.cycle_id = carried_over.cycle_id
            and spanned.issue_id = carried_over.issue_id
),

-- Done by the close, whatever became of the issue later.
completed as (
    select distinct
        memberships.cycle_id,
        memberships.issue_id
    from memberships
    inner join cycles on memberships.cycle_id = cycles.cycle_id
    inner join state_spans
        on
            memberships.issue_id = state_spans.issue_id
            and cycles.closes_at >= state_spans.entered_at
            and (
                state_spans.left_at is null
                or cycles.closes_at < state_spans.left_at
            )
),

outcomes as (
    select
        memberships.cycle_id,
        coalesce(issues.estimate, 0) as points,
        memberships.is_in_at_start,
        memberships.is_in_at_close,
        completed.issue_id is not null
        and not memberships.is_carried_over as is_completed,
        memberships.is_carried_over
    from memberships
    inner join issues on memberships.issue_id = issues.issue_id
    left join completed
        on
            memberships.cycle_id = completed.cycle_id
            and memberships.issue_id = completed.issue_id
),

counted as (
    select
        cycle_id,
    {% for unit, value in [('issues', '1'), ('points', 'points')] -%}
        sum(if(is_in_at_start, {{ value }}, 0)) as {{ unit }}_at_start,
        sum(if(not is_in_at_start, {{ value }}, 0)) as {{ unit }}_added,
        sum(if(not is_in_at_close, {{ value }}, 0)) as {{ unit }}_removed,
        sum(if(is_in_at_close, {{ value }}, 0)) as {{ unit }}_at_close,
        sum(if(is_in_at_close and is_completed, {{ value }}, 0))
            as {{ unit }}_completed,
        sum(if(is_carried_over, {{ value }}, 0)) as {{ unit }}_carried_over
        {{- "," if not loop.last }}
    {% endfor %}
    from outcomes
    group by cycle_id
),

final as (
    select
        -- ids
        dimension.cycle_id,
        dimension.team_id,

        -- strings
        dimension.team_key,
        dimension.cycle_name,

        -- numerics
        dimension.cycle_number,
        {% for unit in ['issues', 'points'] -%}
        {% for what in [
            'at_start', 'added', 'removed', 'at_close', 'completed',
            'carried_over',
        ] -%}
                coalesce(counted.{{ unit }}_{{ what }}, 0)
                    as {{ unit }}_{{ what }},
            {% endfor -%}
            safe_divide(
                counted.{{ unit }}_completed, counted.{{ unit }}_at_close
            ) as {{ unit }}_completion_rate,
        {% endfor %}

        -- booleans
        coalesce(dimension.completed_at, dimension.ends_at) <= {{ as_of() }}
            as is_closed,

        -- timestamps
        dimension.starts_at,
        dimension.ends_at,
        dimension.completed_at
    from dimension
    left join counted on dimension.cycle_id = counted.cycle_id
    where dimension.starts_at <= {{ as_of() }}
)

select * from final

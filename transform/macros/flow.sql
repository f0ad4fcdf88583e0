{#- The measures of flow.

    Args:
        scope: `team` or `repository`.

    Returns: a list of columns of the fact whose rows it finishes.
-#}
{% macro flow_measures(scope) -%}
    {{ return({
        'team': ['lead_time_hours', 'cycle_time_hours'],
        'repository': [
            'changed_lines', 'pickup_time_hours', 'review_time_hours',
            'open_to_merge_hours',
        ],
    }[scope]) }}
{%- endmacro %}


{#- What teams delivered and people merged in repositories, in periods: as CTEs.

    Args:
        period: the column of dim_dates that names a period.
        first: the column of `finished` that names the first period.
        falls_in: whether a row of `finished` falls into a period of `periods`.

    Returns: the CTEs `team_flow` and `repository_flow` and those before them,
        without a comma at the end; the CTE `dates` comes first. One row per team
        or repository and period, from the first in which something was finished:
        `finished_count` and `summary_columns`. Pull requests of bots and deleted
        issues are left out.
-#}
{% macro flow_per(period, first, falls_in) -%}
    {%- set work = {
        'team': {
            'fact': 'fct_issues',
            'at': 'completed_at',
            'where': 'is_delivered and not is_deleted',
        },
        'repository': {
            'fact': 'fct_pull_requests',
            'at': 'merged_at',
            'where': "state = 'merged' and not is_by_bot",
        },
    } -%}
    {%- for scope, done in work.items() %}
{{ scope }}_finished as (
    select
        {{ scope }}_id,
        {{ flow_measures(scope) | join(',\n        ') }},
        {{ local_date(done.at) }} as finished_on,
        {{ month_of(local_date(done.at)) }} as finished_in_month
    from {{ ref(done.fact) }}
    where {{ done.where }}
),

{{ scope }}_firsts as (
    select
        {{ scope }}_id,
        min({{ first }}) as first_period
    from {{ scope }}_finished
    group by {{ scope }}_id
),

{{ scope }}_periods as (
    select distinct
        firsts.{{ scope }}_id,
        dates.{{ period }}
    from dates
    inner join {{ scope }}_firsts as firsts
        on dates.{{ period }} >= firsts.first_period
),

{{ scope }}_expanded as (
    select
        periods.*,
        finished.* except ({{ scope }}_id)
    from {{ scope }}_periods as periods
    left join {{ scope }}_finished as finished
        on
            periods.{{ scope }}_id = finished.{{ scope }}_id
            and {{ falls_in }}
),

{{ scope }}_percentiles as (
    select
        *,
        {{ percentile_columns(
            flow_measures(scope), [scope ~ '_id', period]
        ) }}
    from {{ scope }}_expanded
),

{{ scope }}_flow as (
    select
        {{ scope }}_id,
        {{ period }},
        count(finished_on) as finished_count,
        {{ summary_columns(flow_measures(scope)) }}
    from {{ scope }}_percentiles
    group by {{ scope }}_id, {{ period }}
)
        {{- "," if not loop.last }}
    {% endfor %}
{%- endmacro %}

{#- The hours from one moment to a later one.

    Args:
        start_at: a timestamp expression.
        end_at: a timestamp expression.

    Returns: a float64 expression; null where either is null, and where the end
        comes before the start: an unfinished or impossible span is not 0.
-#}
{% macro hours_between(start_at, end_at) -%}
    if(
        {{ end_at }} >= {{ start_at }},
        timestamp_diff({{ end_at }}, {{ start_at }}, millisecond) / 3600000,
        null
    )
{%- endmacro %}


{#- The first day of the week that a day falls into.

    Args:
        day: a date expression.

    Returns: a date expression. The var `week_start` names the day that begins
        a week. (`date_trunc(day, week(monday))` says the same; the local
        BigQuery does not know it.)
-#}
{% macro week_of(day) -%}
    {%- set days = [
        'sunday', 'monday', 'tuesday', 'wednesday',
        'thursday', 'friday', 'saturday',
    ] -%}
    {%- set first = days.index(var('week_start') | lower) + 1 -%}
    date_sub(
        {{ day }},
        interval mod(extract(dayofweek from {{ day }}) + {{ 7 - first }}, 7) day
    )
{%- endmacro %}

{#- The hours from one moment to a later one.

    Args:
        start_at: a timestamp expression.
        end_at: a timestamp expression.

    Returns: a float64 expression. Null where either is null: an unfinished span
        has no length. A step that runs backwards by at most 60 seconds is 0,
        because two services have two clocks and GitHub cuts off fractions of a
        second. One that runs backwards by more is null, never 0.
-#}
{% macro hours_between(start_at, end_at) -%}
    if(
        timestamp_diff({{ end_at }}, {{ start_at }}, millisecond) >= -60000,
        greatest(
            timestamp_diff({{ end_at }}, {{ start_at }}, millisecond), 0
        ) / 3600000,
        null
    )
{%- endmacro %}


{#- The day of a moment in the var `reporting_time_zone`.

    Args:
        moment: a timestamp expression.

    Returns: a date expression. Every day, week and month of the marts comes
        from this macro: never write date(moment).
-#}
{% macro local_date(moment) -%}
    date({{ moment }}, '{{ var("reporting_time_zone") }}')
{%- endmacro %}


{#- The moment at which a day begins in the var `reporting_time_zone`.

    Args:
        day: a date expression.

    Returns: a timestamp expression.
-#}
{% macro start_of_day(day) -%}
    timestamp({{ day }}, '{{ var("reporting_time_zone") }}')
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


{#- The first day of the month that a day falls into.

    Args:
        day: a date expression.

    Returns: a date expression. (The local BigQuery's `date_trunc` gives a
        datetime.)
-#}
{% macro month_of(day) -%}
    date_sub({{ day }}, interval extract(day from {{ day }}) - 1 day)
{%- endmacro %}


{#- The time zone of the person whose habits and health data are read.

    Returns: text, the var `user_time_zone`, otherwise `reporting_time_zone`.
-#}
{% macro user_time_zone() -%}
    {{ return(var('user_time_zone') or var('reporting_time_zone')) }}
{%- endmacro %}


{#- The civil day of a moment in `user_time_zone`.

    Args:
        moment: a timestamp expression.

    Returns: a date expression.
-#}
{% macro user_date(moment) -%}
    date({{ moment }}, '{{ user_time_zone() }}')
{%- endmacro %}


{#- The moment at which a day begins in `user_time_zone`.

    Args:
        day: a date expression.

    Returns: a timestamp expression.
-#}
{% macro start_of_user_day(day) -%}
    timestamp({{ day }}, '{{ user_time_zone() }}')
{%- endmacro %}


{#- The first day of the period that a day falls into.

    Args:
        period: an expression, `day`, `week` or `month`.
        day: a date expression.

    Returns: a date expression.
-#}
{% macro period_of(period, day) -%}
    case {{ period }}
        when 'day' then {{ day }}
        when 'week' then {{ week_of(day) }}
        when 'month' then {{ month_of(day) }}
    end
{%- endmacro %}

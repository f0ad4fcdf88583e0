{#- Sums, whose zeros the API leaves out: table, column, name. -#}
{%- set sums = [
    ('steps', 'steps', 'steps'),
    ('distance', 'millimeters', 'millimeters'),
    ('floors', 'floors', 'floors'),
] -%}
{#- Values: table, expression, name. A missing one is unknown. -#}
{%- set values = [
    ('total_calories', 'max(kcal)', 'kcal'),
    ('active_minutes', 'sum(minutes)', 'active_minutes'),
    ('active_zone_minutes', 'sum(minutes)', 'active_zone_minutes'),
    ('heart_rate', 'max(beats_per_minute_avg)', 'heart_rate'),
    ('resting_heart_rate', 'max(beats_per_minute)', 'resting_heart_rate'),
    (
        'heart_rate_variability', 'max(average_milliseconds)',
        'heart_rate_variability_ms',
    ),
    ('oxygen_saturation', 'max(average_percentage)', 'oxygen_saturation_percent'),
    ('respiratory_rate', 'max(breaths_per_minute)', 'respiratory_rate'),
    (
        'sleep_temperature', 'max(nightly_celsius - baseline_celsius)',
        'temperature_deviation_celsius',
    ),
] -%}

with

{% for table, column, name in sums -%}
    {{ name }}_sums as (
        select
            date as day,
            max({{ column }}) as {{ name }}
        from {{ ref('stg_google_health__daily_' ~ table) }}
        where not is_deleted
        group by date
    ),

    {{ name }}_limits as (
        select
            min(day) as first_day,
            max(day) as last_day
        from {{ name }}_sums
    ),

{% endfor -%}
{% for table, expression, name in values -%}
    {{ name }}_values as (
        select
            date as day,
            {{ expression }} as {{ name }}
        from {{ ref('stg_google_health__daily_' ~ table) }}
        where not is_deleted
        group by date
    ),

{% endfor -%}
nights as (
    select night_date as day
    from {{ ref('int_nights') }}
),

exercises as (
    select
        exercise_id,
        exercise_date,
        started_at,
        ended_at,
        coalesce(
            active_seconds, timestamp_diff(ended_at, started_at, second)
        ) as seconds
    from {{ ref('stg_google_health__exercises') }}
    where not is_deleted
),

-- Detected fragments of a minute or two are no exercise, and two devices record
-- the same one: only the longer of two that overlap counts.
doubled as (
    select distinct exercises.exercise_id
    from exercises
    inner join exercises as preferred
        on
            exercises.started_at < preferred.ended_at
            and exercises.ended_at > preferred.started_at
            and (
                exercises.seconds < preferred.seconds
                or (
                    exercises.seconds = preferred.seconds
                    and exercises.exercise_id > preferred.exercise_id
                )
            )
),

exercised as (
    select
        exercises.exercise_date as day,
        sum(exercises.seconds) / 60 as exercise_minutes
    from exercises
    left join doubled on exercises.exercise_id = doubled.exercise_id
    where
        doubled.exercise_id is null
        and exercises.seconds >= 60 * {{ var('shortest_exercise_minutes') }}
    group by exercises.exercise_date
),

weighed as (
    select
        measured_date as day,
        grams / 1000 as weight_kg
    from {{ ref('stg_google_health__weights') }}
    where not is_deleted
    qualify
        row_number() over (
            partition by measured_date order by measured_at desc, weight_id asc
        ) = 1
),

known as (
    {%- for table, column, name in sums %}
        select day from {{ name }}_sums
        union distinct
    {%- endfor %}
    {%- for table, expression, name in values %}
        select day from {{ name }}_values
        union distinct
    {%- endfor %}
    select day from nights
    union distinct
    select day from weighed
),

limits as (
    select
        min(day) as first_day,
        {{ user_date(as_of()) }} as last_day
    from known
),

days as (
    select day_of_spine as day
    from limits
    cross join
        unnest(generate_date_array(limits.first_day, limits.last_day))
            as day_of_spine
),

joined as (
    select
        days.day,
        {%- for table, column, name in sums %}
            coalesce(
                {{ name }}_sums.{{ name }},
                if(
                    days.day between {{ name }}_limits.first_day
                    and {{ name }}_limits.last_day,
                    0,
                    null
                )
            ) as {{ name }},
        {%- endfor %}
        {%- for table, expression, name in values %}
            {{ name }}_values.{{ name }},
        {%- endfor %}
        coalesce(exercised.exercise_minutes, 0) as exercise_minutes,
        coalesce(
            heart_rate_values.heart_rate is not null
            or resting_heart_rate_values.resting_heart_rate is not null
            or nights.day is not null
            or steps_sums.steps > 0,
            false
        ) as is_worn
    from
        days
    {%- for table, column, name in sums %}
    cross join {{ name }}_limits
    left join {{ name }}_sums on days.day = {{ name }}_sums.day
    {%- endfor %}
    {%- for table, expression, name in values %}
        left join {{ name }}_values on days.day = {{ name }}_values.day
    {%- endfor %}
    left join nights on days.day = nights.day
    left join exercised on days.day = exercised.day
),

weights as (
    select
        days.day,
        last_value(weighed.weight_kg ignore nulls) over (past) as weight_kg,
        last_value(weighed.day ignore nulls) over (past) as weighed_on
    from days
    left join weighed on days.day = weighed.day
    window past as (
        order by days.day
        rows between unbounded preceding and current row
    )
),

final as (
    select
        joined.day,
        joined.is_worn,
        {%- for table, column, name in sums %}
            if(joined.is_worn, joined.{{ name }}, null) as {{ name }},
        {%- endfor %}
        {%- for table, expression, name in values %}
            if(joined.is_worn, joined.{{ name }}, null) as {{ name }},
        {%- endfor %}
        if(joined.is_worn, joined.exercise_minutes, null) as exercise_minutes,
        weights.weight_kg,
        date_diff(joined.day, weights.weighed_on, day) as weight_age_days
    from joined
    left join weights on joined.day = weights.day
)

select * from final

with

days as (
    select * from {{ ref('int_health_days') }}
),

final as (
    select
        -- numerics
        steps,
        millimeters / 1000000 as distance_km,
        floors,
        kcal,
        active_minutes,
        active_zone_minutes,
        heart_rate,
        resting_heart_rate,
        avg(resting_heart_rate)
            over (
                order by day rows between 6 preceding and current row
            )
        - avg(resting_heart_rate) over (
            order by day rows between 34 preceding and 7 preceding
        ) as resting_heart_rate_change,
        heart_rate_variability_ms,
        oxygen_saturation_percent,
        respiratory_rate,
        temperature_deviation_celsius,
        weight_kg,
        weight_age_days,
        exercise_minutes,

        -- booleans
        is_worn,

        -- dates
        day as date_day
    from days
)

select * from final

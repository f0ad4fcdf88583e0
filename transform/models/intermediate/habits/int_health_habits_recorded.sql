{{ config(enabled=source_is_active('google_health')) }}

with

nights as (
    select * from {{ ref('int_nights') }}
),

days as (
    select * from {{ ref('int_health_days') }}
),

final as (
    select
        'google_health:sleep' as habit_id,
        asleep_minutes as value,
        false as is_excused,
        night_date as day
    from nights
    where asleep_minutes is not null

    union all

    select
        'google_health:steps' as habit_id,
        cast(steps as float64) as value,
        false as is_excused,
        day
    from days
    where steps is not null
)

select * from final

with

nights as (
    select * from {{ ref('int_nights') }}
),

final as (
    select
        -- numerics
        asleep_minutes,
        period_minutes,
        awake_minutes,
        light_minutes,
        deep_minutes,
        rem_minutes,
        efficiency,
        light_share,
        deep_share,
        rem_share,
        awakenings,
        session_count,
        nap_count,
        nap_minutes,
        day_asleep_minutes,
        bedtime_minutes,
        stddev_samp(bedtime_minutes) over (
            order by night_date
            rows between 13 preceding and current row
        ) as bedtime_deviation_minutes,

        -- booleans
        is_provisional,

        -- dates
        night_date,

        -- datetimes
        bedtime,
        wake_time
    from nights
)

select * from final

with

nights as (
    select
        *,
        -- A day that has only naps is no night.
        stddev_samp(bedtime_minutes) over (
            partition by bedtime_minutes is null
            order by night_date
            rows between 13 preceding and current row
        ) as bedtime_deviation_minutes
    from {{ ref('int_nights') }}
),

final as (
    select
        -- numerics
        asleep_minutes,
        asleep_minutes / 60 as asleep_hours,
        period_minutes,
        period_minutes / 60 as time_in_bed_hours,
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
        bedtime_deviation_minutes,
        bedtime_deviation_minutes / 60 as bedtime_deviation_hours,

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

with

sessions as (
    select * from {{ ref('int_sleep_sessions_measured') }}
),

-- The session that the source calls the main sleep, otherwise the longest of
-- the day that it does not call a nap.
mains as (
    select * from sessions
    where is_main or not is_nap
    qualify
        row_number() over (
            partition by sleep_date
            order by is_main desc, period_minutes desc, sleep_session_id asc
        ) = 1
),

gaps as (
    select
        sessions.sleep_session_id,
        mains.sleep_date as night_date,
        greatest(
            timestamp_diff(sessions.started_at, mains.ended_at, second),
            timestamp_diff(mains.started_at, sessions.ended_at, second)
        ) as gap_seconds
    from sessions
    cross join mains
    where
        sessions.started_at
        <= timestamp_add(mains.ended_at, interval 3 hour)
        and sessions.ended_at
        >= timestamp_sub(mains.started_at, interval 3 hour)
),

nearest as (
    select * from gaps
    qualify
        row_number() over (
            partition by sleep_session_id
            order by gap_seconds asc, night_date asc
        ) = 1
),

-- Every other session is a nap of its own day.
assigned as (
    select
        sessions.*,
        coalesce(nearest.night_date, sessions.sleep_date) as night_date,
        nearest.night_date is not null as is_night
    from sessions
    left join nearest
        on sessions.sleep_session_id = nearest.sleep_session_id
),

summed as (
    select
        night_date,
        {%- for column in [
            'asleep', 'period', 'awake', 'light', 'deep', 'rem',
        ] %}
            sum(if(is_night, {{ column }}_minutes, null))
                as {{ column }}_minutes,
        {%- endfor %}
        sum(if(is_night, awakenings, null)) as awakenings,
        sum(
            if(is_night and asleep_minutes is not null, period_minutes, null)
        ) as measured_minutes,
        countif(is_night) as session_count,
        countif(not is_night) as nap_count,
        sum(if(is_night, null, asleep_minutes)) as nap_minutes,
        min(if(is_night, local_started_at, null)) as bedtime,
        max(if(is_night, local_ended_at, null)) as wake_time,
        logical_or(not is_processed) as is_provisional
    from assigned
    group by night_date
),

final as (
    select
        night_date,
        asleep_minutes,
        period_minutes,
        awake_minutes,
        light_minutes,
        deep_minutes,
        rem_minutes,
        safe_divide(asleep_minutes, measured_minutes) as efficiency,
        safe_divide(light_minutes, asleep_minutes) as light_share,
        safe_divide(deep_minutes, asleep_minutes) as deep_share,
        safe_divide(rem_minutes, asleep_minutes) as rem_share,
        mod(
            datetime_diff(
                bedtime, datetime '2000-01-01 12:00:00', minute
            ), 1440
        ) as bedtime_minutes,
        awakenings,
        session_count,
        nap_count,
        nap_minutes,
        if(
            asleep_minutes is null and nap_minutes is null,
            null,
            coalesce(asleep_minutes, 0) + coalesce(nap_minutes, 0)
        ) as day_asleep_minutes,
        is_provisional,
        bedtime,
        wake_time
    from summed
)

select * from final

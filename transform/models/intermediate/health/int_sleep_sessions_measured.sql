with

sessions as (
    select * from {{ ref('stg_google_health__sleep_sessions') }}
    where not is_deleted and ended_at > started_at
),

stages as (
    select
        *,
        row_number() over (
            partition by sleep_session_id order by started_at
        ) as stage_number,
        count(*) over (partition by sleep_session_id) as stage_count
    from {{ ref('stg_google_health__sleep_stages') }}
    where not is_deleted
),

-- The API's own totals are not used: one of its methods doubles them.
summed as (
    select
        sleep_session_id,
        sum(
            if(stage in ('LIGHT', 'DEEP', 'REM', 'ASLEEP'), seconds, 0)
        ) / 60 as asleep_minutes,
        sum(if(stage in ('AWAKE', 'RESTLESS'), seconds, 0)) / 60
            as awake_minutes,
        {%- for stage in ['light', 'deep', 'rem'] %}
            sum(if(stage = '{{ stage | upper }}', seconds, 0)) / 60
                as {{ stage }}_minutes,
        {%- endfor %}
        -- Lying awake before falling asleep or after waking up is no awakening.
        countif(
            stage = 'AWAKE' and stage_number > 1 and stage_number < stage_count
        ) as awakenings
    from stages
    group by sleep_session_id
),

measured as (
    select
        sessions.sleep_session_id,
        sessions.sleep_type,
        coalesce(sessions.is_main, false) as is_main,
        coalesce(sessions.is_nap, false) as is_nap,
        coalesce(sessions.is_processed, false) as is_processed,
        sessions.sleep_date,
        sessions.started_at,
        sessions.ended_at,
        datetime(
            timestamp_add(
                sessions.started_at,
                interval coalesce(sessions.start_utc_offset_seconds, 0) second
            )
        ) as local_started_at,
        datetime(
            timestamp_add(
                sessions.ended_at,
                interval coalesce(sessions.end_utc_offset_seconds, 0) second
            )
        ) as local_ended_at,
        timestamp_diff(sessions.ended_at, sessions.started_at, second) / 60
            as period_minutes,
        summed.asleep_minutes,
        summed.awake_minutes,
        if(sessions.sleep_type = 'CLASSIC', null, summed.light_minutes)
            as light_minutes,
        if(sessions.sleep_type = 'CLASSIC', null, summed.deep_minutes)
            as deep_minutes,
        if(sessions.sleep_type = 'CLASSIC', null, summed.rem_minutes)
            as rem_minutes,
        summed.awakenings
    from sessions
    left join summed on sessions.sleep_session_id = summed.sleep_session_id
),

ranked as (
    select
        *,
        row_number() over (
            order by
                is_main desc,
                asleep_minutes is not null desc,
                period_minutes desc,
                sleep_session_id asc
        ) as preference
    from measured
),

-- Two devices record the same sleep: only one of two sessions that overlap
-- counts.
doubled as (
    select distinct ranked.sleep_session_id
    from ranked
    inner join ranked as preferred
        on
            ranked.started_at < preferred.ended_at
            and ranked.ended_at > preferred.started_at
            and ranked.preference > preferred.preference
),

final as (
    select ranked.* except (preference)
    from ranked
    left join doubled on ranked.sleep_session_id = doubled.sleep_session_id
    where doubled.sleep_session_id is null
)

select * from final

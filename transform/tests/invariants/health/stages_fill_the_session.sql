{{ config(severity='warn') }}

-- The stages of a session follow each other without a gap and last as long as
-- it.
with

sessions as (
    select * from {{ ref('stg_google_health__sleep_sessions') }}
    where not is_deleted
),

stages as (
    select
        sleep_session_id,
        sum(seconds) as stage_seconds
    from {{ ref('stg_google_health__sleep_stages') }}
    where not is_deleted
    group by sleep_session_id
)

select
    sessions.sleep_session_id,
    sessions.sleep_date,
    stages.stage_seconds
from sessions
inner join stages on sessions.sleep_session_id = stages.sleep_session_id
where
    abs(
        timestamp_diff(sessions.ended_at, sessions.started_at, second)
        - stages.stage_seconds
    ) > 60

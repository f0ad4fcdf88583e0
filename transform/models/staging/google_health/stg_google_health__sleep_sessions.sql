-- Written by scripts/staging.py from tap-google-health's catalog: do not edit.
with

raw as (
    {{ read_raw('google_health', 'sleep_sessions') }}
),

renamed as (
    select
        -- ids
        id as sleep_session_id,

        -- strings
        type as sleep_type,
        stages_status,
        platform,
        device_name,
        recording_method,

        -- numerics
        start_utc_offset_seconds,
        end_utc_offset_seconds,
        minutes_in_period,
        minutes_asleep,
        minutes_awake,
        minutes_to_fall_asleep,
        minutes_after_wake_up,
        awakenings,

        -- booleans
        is_main,
        is_nap,
        is_processed,
        is_manually_edited,
        _sdc_deleted_at is not null as is_deleted,

        -- dates
        sleep_date,

        -- timestamps
        started_at,
        ended_at,
        updated_at
    from raw
)

select * from renamed

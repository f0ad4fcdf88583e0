-- Written by scripts/staging.py from tap-google-health's catalog: do not edit.
with

raw as (
    {{ read_raw('google_health', 'exercises') }}
),

renamed as (
    select
        -- ids
        id as exercise_id,

        -- strings
        type as exercise_type,
        name as exercise_name,
        source,

        -- numerics
        start_utc_offset_seconds,
        end_utc_offset_seconds,
        active_seconds,
        distance_millimeters,
        steps,
        kcal,
        average_heart_rate,
        light_seconds,
        moderate_seconds,
        vigorous_seconds,
        peak_seconds,
        active_zone_minutes,
        elevation_gain_millimeters,

        -- booleans
        has_gps,
        _sdc_deleted_at is not null as is_deleted,

        -- dates
        exercise_date,

        -- timestamps
        started_at,
        ended_at,
        updated_at
    from raw
)

select * from renamed

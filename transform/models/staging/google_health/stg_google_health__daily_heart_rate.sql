-- Written by scripts/staging.py from tap-google-health's catalog: do not edit.
with

raw as (
    {{ read_raw('google_health', 'daily_heart_rate') }}
),

renamed as (
    select
        -- numerics
        beats_per_minute_min,
        beats_per_minute_avg,
        beats_per_minute_max,

        -- booleans
        _sdc_deleted_at is not null as is_deleted,

        -- dates
        date
    from raw
)

select * from renamed

-- Written by scripts/staging.py from tap-google-health's catalog: do not edit.
with

raw as (
    {{ read_raw('google_health', 'daily_heart_rate_variability') }}
),

renamed as (
    select
        -- strings
        source,

        -- numerics
        average_milliseconds,
        deep_sleep_milliseconds,
        entropy,
        non_rem_beats_per_minute,

        -- booleans
        _sdc_deleted_at is not null as is_deleted,

        -- dates
        date
    from raw
)

select * from renamed

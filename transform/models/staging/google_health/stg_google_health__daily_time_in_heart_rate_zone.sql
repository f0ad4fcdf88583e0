-- Written by scripts/staging.py from tap-google-health's catalog: do not edit.
with

raw as (
    {{ read_raw('google_health', 'daily_time_in_heart_rate_zone') }}
),

renamed as (
    select
        -- strings
        zone,

        -- numerics
        seconds,

        -- booleans
        _sdc_deleted_at is not null as is_deleted,

        -- dates
        date
    from raw
)

select * from renamed

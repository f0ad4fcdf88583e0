-- Written by scripts/staging.py from tap-google-health's catalog: do not edit.
with

raw as (
    {{ read_raw('google_health', 'daily_active_zone_minutes') }}
),

renamed as (
    select
        -- strings
        zone,

        -- numerics
        minutes,

        -- booleans
        _sdc_deleted_at is not null as is_deleted,

        -- dates
        date
    from raw
)

select * from renamed

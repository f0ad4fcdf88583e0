-- Written by scripts/staging.py from tap-google-health's catalog: do not edit.
with

raw as (
    {{ read_raw('google_health', 'daily_heart_rate_zones') }}
),

renamed as (
    select
        -- strings
        zone,
        source,

        -- numerics
        min_beats_per_minute,
        max_beats_per_minute,

        -- booleans
        _sdc_deleted_at is not null as is_deleted,

        -- dates
        date
    from raw
)

select * from renamed

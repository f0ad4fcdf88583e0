-- Written by scripts/staging.py from tap-google-health's catalog: do not edit.
with

raw as (
    {{ read_raw('google_health', 'heart_rate_samples') }}
),

renamed as (
    select
        -- strings
        source,

        -- numerics
        beats_per_minute,

        -- booleans
        _sdc_deleted_at is not null as is_deleted,

        -- dates
        date,

        -- timestamps
        `at` as measured_at
    from raw
)

select * from renamed

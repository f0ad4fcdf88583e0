-- Written by scripts/staging.py from tap-google-health's catalog: do not edit.
with

raw as (
    {{ read_raw('google_health', 'daily_vo2_max') }}
),

renamed as (
    select
        -- strings
        source,
        cardio_fitness_level,

        -- numerics
        vo2_max,
        covariance,

        -- booleans
        is_estimated,
        _sdc_deleted_at is not null as is_deleted,

        -- dates
        date
    from raw
)

select * from renamed

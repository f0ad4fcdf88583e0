-- Written by scripts/staging.py from tap-google-health's catalog: do not edit.
with

raw as (
    {{ read_raw('google_health', 'daily_oxygen_saturation') }}
),

renamed as (
    select
        -- strings
        source,

        -- numerics
        average_percentage,
        lower_bound_percentage,
        upper_bound_percentage,
        standard_deviation_percentage,

        -- booleans
        _sdc_deleted_at is not null as is_deleted,

        -- dates
        date
    from raw
)

select * from renamed

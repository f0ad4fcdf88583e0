-- Written by scripts/staging.py from tap-google-health's catalog: do not edit.
with

raw as (
    {{ read_raw('google_health', 'weights') }}
),

renamed as (
    select
        -- ids
        id as weight_id,

        -- strings
        source,

        -- numerics
        grams,

        -- booleans
        _sdc_deleted_at is not null as is_deleted,

        -- dates
        measured_date,

        -- timestamps
        measured_at
    from raw
)

select * from renamed

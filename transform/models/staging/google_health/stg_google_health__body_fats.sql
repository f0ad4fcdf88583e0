-- Written by scripts/staging.py from tap-google-health's catalog: do not edit.
with

raw as (
    {{ read_raw('google_health', 'body_fats') }}
),

renamed as (
    select
        -- ids
        id as body_fat_id,

        -- strings
        source,

        -- numerics
        percentage,

        -- booleans
        _sdc_deleted_at is not null as is_deleted,

        -- dates
        measured_date,

        -- timestamps
        measured_at
    from raw
)

select * from renamed

-- Written by scripts/staging.py from tap-google-health's catalog: do not edit.
with

raw as (
    {{ read_raw('google_health', 'paired_devices') }}
),

renamed as (
    select
        -- ids
        id as device_id,

        -- strings
        device_type,
        version,

        -- numerics
        battery_level,

        -- booleans
        _sdc_deleted_at is not null as is_deleted,

        -- timestamps
        last_sync_at
    from raw
)

select * from renamed

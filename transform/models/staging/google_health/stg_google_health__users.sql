-- Written by scripts/staging.py from tap-google-health's catalog: do not edit.
with

raw as (
    {{ read_raw('google_health', 'users') }}
),

renamed as (
    select
        -- ids
        id as user_id,
        health_user_id,
        legacy_user_id,

        -- strings
        time_zone,

        -- lists and structures
        units,

        -- numerics
        utc_offset,
        age,

        -- booleans
        _sdc_deleted_at is not null as is_deleted,

        -- dates
        member_since
    from raw
)

select * from renamed

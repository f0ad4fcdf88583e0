-- Written by scripts/staging.py from tap-google-health's catalog: do not edit.
with

raw as (
    {{ read_raw('google_health', 'sleep_stages') }}
),

renamed as (
    select
        -- ids
        session_id as sleep_session_id,

        -- strings
        stage,

        -- numerics
        seconds,

        -- booleans
        _sdc_deleted_at is not null as is_deleted,

        -- timestamps
        started_at,
        ended_at
    from raw
)

select * from renamed

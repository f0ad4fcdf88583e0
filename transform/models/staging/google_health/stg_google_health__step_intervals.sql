-- Written by scripts/staging.py from tap-google-health's catalog: do not edit.
with

raw as (
    {{ read_raw('google_health', 'step_intervals') }}
),

renamed as (
    select
        -- strings
        source,

        -- numerics
        steps,

        -- booleans
        _sdc_deleted_at is not null as is_deleted,

        -- dates
        date,

        -- timestamps
        `at` as started_at,
        ended_at
    from raw
)

select * from renamed

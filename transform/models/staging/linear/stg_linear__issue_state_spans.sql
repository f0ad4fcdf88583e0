-- Written by scripts/staging.py from tap-linear's catalog: do not edit.
with

raw as (
    {{ read_raw('linear', 'issue_state_spans') }}
),

renamed as (
    select
        -- ids
        id as issue_state_span_id,
        issue_id,
        state_id,

        -- booleans
        _sdc_deleted_at is not null as is_deleted,

        -- timestamps
        started_at,
        ended_at
    from raw
)

select * from renamed

-- Written by scripts/staging.py from tap-linear's catalog: do not edit.
with

raw as (
    {{ read_raw('linear', 'cycle_uncompleted_issues') }}
),

renamed as (
    select
        -- ids
        cycle_id,
        issue_id,

        -- booleans
        _sdc_deleted_at is not null as is_deleted,

        -- timestamps
        cycle_updated_at
    from raw
)

select * from renamed

-- Written by scripts/staging.py from tap-hubspot-crm's catalog: do not edit.
with

raw as (
    {{ read_raw('hubspot', 'pipeline_stages') }}
),

renamed as (
    select
        -- ids
        pipeline_id,
        id as stage_id,

        -- strings
        object_type,
        label as stage_name,

        -- numerics
        display_order,
        probability,

        -- booleans
        is_closed,
        is_archived,
        _sdc_deleted_at is not null as is_deleted
    from raw
)

select * from renamed

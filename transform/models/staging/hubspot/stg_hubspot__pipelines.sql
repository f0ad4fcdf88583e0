-- Written by scripts/staging.py from tap-hubspot-crm's catalog: do not edit.
with

raw as (
    {{ read_raw('hubspot', 'pipelines') }}
),

renamed as (
    select
        -- ids
        id as pipeline_id,

        -- strings
        object_type,
        label as pipeline_name,

        -- numerics
        display_order,

        -- booleans
        is_archived,
        _sdc_deleted_at is not null as is_deleted
    from raw
)

select * from renamed

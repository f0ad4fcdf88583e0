-- Written by scripts/staging.py from tap-hubspot-crm's catalog: do not edit.
with

raw as (
    {{ read_raw('hubspot', 'properties') }}
),

renamed as (
    select
        -- strings
        object_type,
        name as property_name,
        label,
        type,
        field_type,
        group_name,
        data_sensitivity,

        -- lists and structures
        options,

        -- booleans
        is_calculated,
        is_hidden,
        is_hubspot_defined,
        _sdc_deleted_at is not null as is_deleted,

        -- timestamps
        updated_at
    from raw
)

select * from renamed

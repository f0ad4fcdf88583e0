-- Written by scripts/staging.py from tap-hubspot-crm's catalog: do not edit.
with

raw as (
    {{ read_raw('hubspot', 'associations') }}
),

renamed as (
    select
        -- ids
        from_id,
        to_id,
        type_id,

        -- strings
        from_object_type,
        to_object_type,
        category,
        label,

        -- booleans
        _sdc_deleted_at is not null as is_deleted
    from raw
)

select * from renamed

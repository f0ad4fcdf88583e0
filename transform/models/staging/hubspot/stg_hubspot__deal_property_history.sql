-- Written by scripts/staging.py from tap-hubspot-crm's catalog: do not edit.
with

raw as (
    {{ read_raw('hubspot', 'deal_property_history') }}
),

renamed as (
    select
        -- ids
        deal_id,
        source_id,
        updated_by_user_id,

        -- strings
        property,
        value,
        source_type,

        -- booleans
        _sdc_deleted_at is not null as is_deleted,

        -- timestamps
        changed_at
    from raw
)

select * from renamed

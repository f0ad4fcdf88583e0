-- Written by scripts/staging.py from tap-hubspot-crm's catalog: do not edit.
with

raw as (
    {{ read_raw('hubspot', 'record_index') }}
),

renamed as (
    select
        -- ids
        id as record_id,

        -- strings
        object_type,

        -- booleans
        is_archived,
        _sdc_deleted_at is not null as is_deleted,

        -- timestamps
        updated_at
    from raw
)

select * from renamed

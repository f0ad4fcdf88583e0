-- Written by scripts/staging.py from tap-notion's catalog: do not edit.
with

raw as (
    {{ read_raw('notion', 'page_properties') }}
),

renamed as (
    select
        -- ids
        page_id,
        property_id,
        data_source_id,

        -- strings
        property_name,
        property_type,
        value_string,
        value_time_zone,

        -- lists and structures
        value_strings,

        -- numerics
        value_number,

        -- booleans
        value_boolean,
        is_truncated,
        _sdc_deleted_at is not null as is_deleted,

        -- dates
        value_date,

        -- timestamps
        value_start_at,
        value_end_at
    from raw
)

select * from renamed

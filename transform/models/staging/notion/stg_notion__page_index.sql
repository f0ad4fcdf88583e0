-- Written by scripts/staging.py from tap-notion's catalog: do not edit.
with

raw as (
    {{ read_raw('notion', 'page_index') }}
),

renamed as (
    select
        -- ids
        id as page_id,
        data_source_id,

        -- booleans
        _sdc_deleted_at is not null as is_deleted,

        -- timestamps
        last_edited_at
    from raw
)

select * from renamed

-- Written by scripts/staging.py from tap-notion's catalog: do not edit.
with

raw as (
    {{ read_raw('notion', 'data_sources') }}
),

renamed as (
    select
        -- ids
        id as data_source_id,
        database_id,

        -- strings
        database_title,
        title,
        description,
        url,

        -- lists and structures
        properties,

        -- booleans
        is_inline,
        in_trash,
        _sdc_deleted_at is not null as is_deleted,

        -- timestamps
        created_at,
        last_edited_at
    from raw
)

select * from renamed

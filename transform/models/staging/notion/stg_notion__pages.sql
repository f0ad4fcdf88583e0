-- Written by scripts/staging.py from tap-notion's catalog: do not edit.
with

raw as (
    {{ read_raw('notion', 'pages') }}
),

renamed as (
    select
        -- ids
        id as page_id,
        data_source_id,
        database_id,
        created_by_id,
        last_edited_by_id,
        parent_page_id,

        -- strings
        title,
        url,
        icon,

        -- lists and structures
        properties,

        -- booleans
        in_trash,
        is_archived,
        is_locked,
        _sdc_deleted_at is not null as is_deleted,

        -- timestamps
        created_at,
        last_edited_at
    from raw
)

select * from renamed

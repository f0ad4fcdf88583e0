-- Written by scripts/staging.py from tap-linear's catalog: do not edit.
with

raw as (
    {{ read_raw('linear', 'attachments') }}
),

renamed as (
    select
        -- ids
        id as attachment_id,
        issue_id,
        original_issue_id,
        creator_id,
        external_user_creator_id,

        -- strings
        title,
        subtitle,
        url,
        source_type,

        -- lists and structures
        metadata,
        source,

        -- booleans
        group_by_source,
        archived_at is not null as is_archived,
        _sdc_deleted_at is not null as is_deleted,

        -- timestamps
        created_at,
        updated_at,
        archived_at
    from raw
)

select * from renamed

-- Written by scripts/staging.py from tap-linear's catalog: do not edit.
with

raw as (
    {{ read_raw('linear', 'customer_needs') }}
),

renamed as (
    select
        -- ids
        id as customer_need_id,
        customer_id,
        issue_id,
        original_issue_id,
        project_id,
        comment_id,
        attachment_id,
        creator_id,

        -- strings
        url,

        -- numerics
        priority,

        -- booleans
        archived_at is not null as is_archived,
        _sdc_deleted_at is not null as is_deleted,

        -- timestamps
        created_at,
        updated_at,
        archived_at
    from raw
)

select * from renamed

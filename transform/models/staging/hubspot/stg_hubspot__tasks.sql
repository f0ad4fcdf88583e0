-- Written by scripts/staging.py from tap-hubspot-crm's catalog: do not edit.
with

raw as (
    {{ read_raw('hubspot', 'tasks') }}
),

renamed as (
    select
        -- ids
        id as engagement_id,
        hubspot_owner_id,

        -- strings
        hs_engagement_source,
        hs_body_preview,
        hs_task_subject,
        hs_task_status,
        hs_task_priority,
        hs_task_type,
        url,

        -- booleans
        is_archived,
        _sdc_deleted_at is not null as is_deleted,

        -- timestamps
        hs_timestamp,
        hs_createdate,
        hs_task_completion_date,
        hs_lastmodifieddate,
        created_at,
        updated_at,
        archived_at
    from raw
)

select * from renamed

-- Written by scripts/staging.py from tap-hubspot-crm's catalog: do not edit.
with

raw as (
    {{ read_raw('hubspot', 'meetings') }}
),

renamed as (
    select
        -- ids
        id as engagement_id,
        hubspot_owner_id,

        -- strings
        hs_engagement_source,
        hs_body_preview,
        hs_meeting_title,
        hs_meeting_outcome,
        hs_meeting_location_type,
        url,

        -- booleans
        is_archived,
        _sdc_deleted_at is not null as is_deleted,

        -- timestamps
        hs_timestamp,
        hs_createdate,
        hs_meeting_start_time,
        hs_meeting_end_time,
        hs_lastmodifieddate,
        created_at,
        updated_at,
        archived_at
    from raw
)

select * from renamed

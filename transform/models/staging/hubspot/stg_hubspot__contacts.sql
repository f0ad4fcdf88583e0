-- Written by scripts/staging.py from tap-hubspot-crm's catalog: do not edit.
with

raw as (
    {{ read_raw('hubspot', 'contacts') }}
),

renamed as (
    select
        -- ids
        id as contact_id,
        hubspot_owner_id,

        -- strings
        email,
        firstname,
        lastname,
        phone,
        jobtitle,
        lifecyclestage,
        hs_lead_status,
        associatedcompanyid,
        hs_merged_object_ids,
        hs_object_source_label,
        url,

        -- numerics
        num_contacted_notes,

        -- booleans
        is_archived,
        _sdc_deleted_at is not null as is_deleted,

        -- timestamps
        createdate,
        notes_last_contacted,
        lastmodifieddate,
        created_at,
        updated_at,
        archived_at
    from raw
)

select * from renamed

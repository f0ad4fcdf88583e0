-- Written by scripts/staging.py from tap-hubspot-crm's catalog: do not edit.
with

raw as (
    {{ read_raw('hubspot', 'companies') }}
),

renamed as (
    select
        -- ids
        id as company_id,
        hubspot_owner_id,
        hs_parent_company_id,

        -- strings
        name as company_name,
        domain,
        industry,
        country,
        lifecyclestage,
        hs_ideal_customer_profile,
        hs_merged_object_ids,
        url,

        -- numerics
        numberofemployees,
        annualrevenue,

        -- booleans
        is_archived,
        _sdc_deleted_at is not null as is_deleted,

        -- timestamps
        createdate,
        hs_lastmodifieddate,
        created_at,
        updated_at,
        archived_at
    from raw
)

select * from renamed

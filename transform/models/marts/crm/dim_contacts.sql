with

contacts as (
    select * from {{ ref('stg_hubspot__contacts') }}
),

merged as (
    select * from {{ ref('int_records_merged') }}
    where object_type = 'contacts'
),

owners as (
    select * from {{ ref('stg_hubspot__owners') }}
),

primary_companies as (
    select * from {{ ref('int_primary_companies') }}
    where object_type = 'contacts'
),

company_survivors as (
    select * from {{ ref('int_records_merged') }}
    where object_type = 'companies'
),

companies as (
    select * from {{ ref('stg_hubspot__companies') }}
),

merged_lists as (
    select
        survivor_id,
        array_agg(record_id order by record_id) as merged_ids
    from merged
    group by survivor_id
),

-- Without an association, the property of the contact names the company.
placed as (
    select
        contacts.*,
        coalesce(
            primary_companies.company_id,
            company_survivors.survivor_id,
            contacts.associatedcompanyid
        ) as company_id
    from contacts
    left join merged on contacts.contact_id = merged.record_id
    left join primary_companies
        on contacts.contact_id = primary_companies.record_id
    left join company_survivors
        on contacts.associatedcompanyid = company_survivors.record_id
    where merged.record_id is null
),

final as (
    select
        -- ids
        placed.contact_id,
        placed.hubspot_owner_id as owner_id,
        placed.company_id,

        -- strings
        nullif(
            trim(
                concat(
                    coalesce(placed.firstname, ''),
                    ' ',
                    coalesce(placed.lastname, '')
                )
            ), ''
        ) as contact_name,
        {{ normalized_email('placed.email') }} as email,
        placed.jobtitle as job_title,
        placed.lifecyclestage as lifecycle_stage,
        placed.hs_lead_status as lead_status,
        companies.company_name,
        owners.email as owner_email,
        placed.url,

        -- lists
        merged_lists.merged_ids,

        -- booleans
        coalesce(placed.is_archived, false) as is_archived,
        placed.is_deleted,

        -- timestamps
        placed.createdate as created_at
    from placed
    left join merged_lists on placed.contact_id = merged_lists.survivor_id
    left join companies on placed.company_id = companies.company_id
    left join owners on placed.hubspot_owner_id = owners.owner_id
)

select * from final

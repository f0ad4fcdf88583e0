with

companies as (
    select * from {{ ref('stg_hubspot__companies') }}
),

merged as (
    select * from {{ ref('int_records_merged') }}
    where object_type = 'companies'
),

owners as (
    select * from {{ ref('stg_hubspot__owners') }}
),

contacts as (
    select * from {{ ref('dim_contacts') }}
    where not is_archived and not is_deleted
),

contact_counts as (
    select
        company_id,
        count(*) as contact_count
    from contacts
    group by company_id
),

merged_lists as (
    select
        survivor_id,
        array_agg(record_id order by record_id) as merged_ids
    from merged
    group by survivor_id
),

survivors as (
    select companies.*
    from companies
    left join merged on companies.company_id = merged.record_id
    where merged.record_id is null
),

final as (
    select
        -- ids
        survivors.company_id,
        survivors.hubspot_owner_id as owner_id,
        coalesce(parents.survivor_id, survivors.hs_parent_company_id)
            as parent_company_id,

        -- strings
        survivors.company_name,
        survivors.domain,
        survivors.industry,
        survivors.country,
        survivors.lifecyclestage as lifecycle_stage,
        owners.email as owner_email,
        survivors.url,

        -- lists
        merged_lists.merged_ids,

        -- numerics
        survivors.numberofemployees as employee_count,
        survivors.annualrevenue as annual_revenue,
        coalesce(contact_counts.contact_count, 0) as contact_count,

        -- booleans
        coalesce(survivors.is_archived, false) as is_archived,
        survivors.is_deleted,

        -- timestamps
        survivors.createdate as created_at
    from survivors
    left join merged as parents
        on survivors.hs_parent_company_id = parents.record_id
    left join merged_lists on survivors.company_id = merged_lists.survivor_id
    left join contact_counts on survivors.company_id = contact_counts.company_id
    left join owners on survivors.hubspot_owner_id = owners.owner_id
)

select * from final

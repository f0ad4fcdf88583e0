-- Written by scripts/staging.py from tap-hubspot-crm's catalog: do not edit.
with

raw as (
    {{ read_raw('hubspot', 'deals') }}
),

renamed as (
    select
        -- ids
        id as deal_id,
        hubspot_owner_id,

        -- strings
        dealname,
        pipeline,
        dealstage,
        deal_currency_code,
        dealtype,
        closed_won_reason,
        closed_lost_reason,
        hs_merged_object_ids,
        url,

        -- numerics
        amount,
        amount_in_home_currency,
        hs_deal_stage_probability,
        hs_forecast_amount,

        -- booleans
        hs_is_closed,
        hs_is_closed_won,
        is_archived,
        _sdc_deleted_at is not null as is_deleted,

        -- timestamps
        closedate,
        createdate,
        hs_lastmodifieddate,
        created_at,
        updated_at,
        archived_at
    from raw
)

select * from renamed

-- Deals that were not merged into another one, with the stage of their own
-- pipeline.
with

merged as (
    select * from {{ ref('int_records_merged') }}
    where object_type = 'deals'
),

deals as (
    select deals.* from {{ ref('stg_hubspot__deals') }} as deals
    left join merged on deals.deal_id = merged.record_id
    where merged.record_id is null
),

pipelines as (
    select * from {{ ref('stg_hubspot__pipelines') }}
    where object_type = 'deals'
),

stages as (
    select * from {{ ref('stg_hubspot__pipeline_stages') }}
    where object_type = 'deals'
),

-- A deal without a currency has the account's.
final as (
    select
        deals.deal_id,
        deals.pipeline as pipeline_id,
        deals.dealstage as stage_id,
        deals.hubspot_owner_id as owner_id,
        deals.dealname as deal_name,
        deals.dealtype as deal_type,
        deals.deal_currency_code as currency,
        deals.closed_won_reason,
        deals.closed_lost_reason,
        deals.url,
        pipelines.pipeline_name,
        stages.stage_name,
        case
            when not coalesce(stages.is_closed, deals.hs_is_closed, false)
                then 'open'
            when
                if(
                    stages.stage_id is null,
                    coalesce(deals.hs_is_closed_won, false),
                    coalesce(stages.probability = 1, false)
                )
                then 'won'
            else 'lost'
        end as state,
        coalesce(stages.probability, deals.hs_deal_stage_probability)
            as probability,
        deals.amount as amount_in_currency,
        coalesce(
            deals.amount_in_home_currency,
            if(deals.deal_currency_code is null, deals.amount, null)
        ) as amount,
        coalesce(deals.is_archived, false) as is_archived,
        deals.is_deleted,
        deals.createdate as created_at,
        deals.closedate as close_date_at
    from deals
    left join pipelines on deals.pipeline = pipelines.pipeline_id
    left join stages
        on
            deals.pipeline = stages.pipeline_id
            and deals.dealstage = stages.stage_id
)

select * from final

with

deals as (
    select * from {{ ref('int_deals_valued') }}
),

spans as (
    select * from {{ ref('fct_deal_stage_spans') }}
),

close_dates as (
    select
        deal_id,
        safe_cast(value as timestamp) as close_date_at,
        lag(safe_cast(value as timestamp)) over (
            partition by deal_id order by changed_at
        ) as previous_close_date_at,
        changed_at
    from {{ ref('stg_hubspot__deal_property_history') }}
    -- A date that was cleared is followed by the next one.
    where
        property = 'closedate'
        and safe_cast(value as timestamp) is not null
        and not is_deleted
),

-- The change that closes a deal sets its date to that moment.
slips as (
    select
        close_dates.deal_id,
        count(*) as slip_count
    from close_dates
    inner join deals on close_dates.deal_id = deals.deal_id
    where
        close_dates.close_date_at > close_dates.previous_close_date_at
        and (
            deals.state = 'open'
            or close_dates.close_date_at != deals.close_date_at
        )
    group by close_dates.deal_id
),

visits as (
    select
        deal_id,
        count(distinct stage_id) as stages_passed,
        sum(if(is_current, days, 0)) as days_in_stage
    from spans
    group by deal_id
),

primary_companies as (
    select * from {{ ref('int_primary_companies') }}
    where object_type = 'deals'
),

contact_counts as (
    select
        from_id as deal_id,
        count(*) as contact_count
    from {{ ref('int_associations_resolved') }}
    where from_object_type = 'deals' and to_object_type = 'contacts'
    group by from_id
),

touches as (
    select
        record_id as deal_id,
        max(happened_at) as last_touch_at
    from {{ ref('int_touches') }}
    where object_type = 'deals'
    group by record_id
),

now as (
    select {{ as_of() }} as now_at
),

final as (
    select
        -- ids
        deals.deal_id,
        deals.pipeline_id,
        deals.stage_id,
        deals.owner_id,
        primary_companies.company_id as primary_company_id,

        -- strings
        deals.deal_name,
        deals.deal_type,
        deals.pipeline_name,
        deals.stage_name,
        deals.state,
        deals.currency,
        deals.closed_won_reason,
        deals.closed_lost_reason,
        deals.url,

        -- numerics
        deals.amount,
        deals.amount * deals.probability as weighted_amount,
        deals.probability,
        {{ hours_between(
            'deals.created_at',
            "if(deals.state = 'open', now.now_at, deals.close_date_at)"
        ) }} / 24 as days_open,
        visits.days_in_stage,
        coalesce(visits.stages_passed, 0) as stages_passed,
        coalesce(slips.slip_count, 0) as slip_count,
        coalesce(contact_counts.contact_count, 0) as contact_count,

        -- booleans
        coalesce(slips.slip_count, 0) > 0 as is_slipped,
        deals.is_archived,
        deals.is_deleted,

        -- timestamps
        deals.created_at,
        if(deals.state = 'open', null, deals.close_date_at) as closed_at,
        if(deals.state = 'open', deals.close_date_at, null)
            as expected_close_at,
        touches.last_touch_at
    from deals
    cross join now
    left join visits on deals.deal_id = visits.deal_id
    left join slips on deals.deal_id = slips.deal_id
    left join primary_companies
        on deals.deal_id = primary_companies.record_id
    left join contact_counts on deals.deal_id = contact_counts.deal_id
    left join touches on deals.deal_id = touches.deal_id
)

select * from final

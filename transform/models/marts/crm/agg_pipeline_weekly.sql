with

deals as (
    select * from {{ ref('int_deals_valued') }}
    where not is_archived and not is_deleted
),

amounts as (
    select
        deal_id,
        safe_cast(value as float64) as amount,
        changed_at,
        lead(changed_at) over (
            partition by deal_id order by changed_at
        ) as replaced_at
    from {{ ref('stg_hubspot__deal_property_history') }}
    where property = 'amount' and not is_deleted
),

dated as (
    select distinct deal_id
    from amounts
),

spans as (
    select
        spans.*,
        deals.amount as current_amount,
        deals.amount_in_currency,
        deals.currency,
        dated.deal_id is not null as has_amounts
    from {{ ref('int_deal_stage_spans') }} as spans
    inner join deals on spans.deal_id = deals.deal_id
    left join dated on spans.deal_id = dated.deal_id
),

pipelines as (
    select * from {{ ref('stg_hubspot__pipelines') }}
    where object_type = 'deals'
),

stages as (
    select * from {{ ref('stg_hubspot__pipeline_stages') }}
    where object_type = 'deals'
),

-- An imported deal can be closed before its first visit.
happened as (
    select
        pipeline_id,
        entered_at as happened_at
    from spans
    union all
    select
        pipeline_id,
        close_date_at as happened_at
    from deals
    where state != 'open'
),

limits as (
    select
        pipeline_id,
        min({{ week_of(user_date('happened_at')) }}) as first_week
    from happened
    group by pipeline_id
),

weeks as (
    select
        limits.pipeline_id,
        stages.stage_id,
        stages.stage_name,
        stages.display_order,
        stages.probability,
        stages.is_closed,
        week_of_spine as week_start,
        {{ start_of_user_day('date_add(week_of_spine, interval 7 day)') }}
            as week_end_at
    from limits
    inner join stages on limits.pipeline_id = stages.pipeline_id
    cross join
        unnest(
            generate_date_array(
                limits.first_week,
                {{ week_of(user_date(as_of())) }},
                interval 7 day
            )
        ) as week_of_spine
),

-- The stage and the amount of a deal at the end of the week, from its history.
-- Before the first amount of the history nobody knows it. The exchange rate is
-- today's.
standing as (
    select
        weeks.pipeline_id,
        weeks.stage_id,
        weeks.week_start,
        count(*) as open_deals,
        sum(
            case
                when not spans.has_amounts then spans.current_amount
                when spans.currency is null then amounts.amount
                else
                    amounts.amount
                    * safe_divide(
                        spans.current_amount, spans.amount_in_currency
                    )
            end
        ) as amount
    from weeks
    inner join spans
        on
            weeks.pipeline_id = spans.pipeline_id
            and weeks.stage_id = spans.stage_id
            and weeks.week_end_at > spans.entered_at
            and (spans.left_at is null or weeks.week_end_at <= spans.left_at)
    left join amounts
        on
            spans.deal_id = amounts.deal_id
            and weeks.week_end_at > amounts.changed_at
            and (
                amounts.replaced_at is null
                or weeks.week_end_at <= amounts.replaced_at
            )
    where not coalesce(weeks.is_closed, false)
    group by weeks.pipeline_id, weeks.stage_id, weeks.week_start
),

created as (
    select
        pipeline_id,
        stage_id,
        {{ week_of(user_date('entered_at')) }} as week_start,
        count(*) as created_deals
    from spans
    where span_number = 1
    group by pipeline_id, stage_id, week_start
),

closed as (
    select
        pipeline_id,
        stage_id,
        {{ week_of(user_date('close_date_at')) }} as week_start,
        countif(state = 'won') as won_deals,
        countif(state = 'lost') as lost_deals,
        sum(if(state = 'won', amount, 0)) as won_amount
    from deals
    where state != 'open'
    group by pipeline_id, stage_id, week_start
),

final as (
    select
        -- ids
        {{ surrogate_key([
            'weeks.pipeline_id', 'weeks.stage_id', 'weeks.week_start'
        ]) }} as pipeline_week_id,
        weeks.pipeline_id,
        weeks.stage_id,

        -- strings
        pipelines.pipeline_name,
        weeks.stage_name,

        -- numerics
        weeks.display_order as stage_order,
        coalesce(standing.open_deals, 0) as open_deals,
        standing.amount,
        standing.amount * weeks.probability as weighted_amount,
        coalesce(created.created_deals, 0) as created_deals,
        coalesce(closed.won_deals, 0) as won_deals,
        coalesce(closed.lost_deals, 0) as lost_deals,
        coalesce(closed.won_deals, 0) + coalesce(closed.lost_deals, 0)
            as closed_deals,
        closed.won_amount,

        -- dates
        weeks.week_start
    from weeks
    left join pipelines on weeks.pipeline_id = pipelines.pipeline_id
    left join standing
        on
            weeks.pipeline_id = standing.pipeline_id
            and weeks.stage_id = standing.stage_id
            and weeks.week_start = standing.week_start
    left join created
        on
            weeks.pipeline_id = created.pipeline_id
            and weeks.stage_id = created.stage_id
            and weeks.week_start = created.week_start
    left join closed
        on
            weeks.pipeline_id = closed.pipeline_id
            and weeks.stage_id = closed.stage_id
            and weeks.week_start = closed.week_start
)

select * from final

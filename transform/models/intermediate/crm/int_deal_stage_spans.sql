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

stages as (
    select * from {{ ref('stg_hubspot__pipeline_stages') }}
    where object_type = 'deals'
),

history as (
    select
        deal_id,
        value as stage_id,
        changed_at
    from {{ ref('stg_hubspot__deal_property_history') }}
    where
        property = 'dealstage'
        and coalesce(value, '') != ''
        and not is_deleted
),

-- A deal without a history has been in its stage since it was created.
visited as (
    select
        deals.deal_id,
        deals.pipeline as current_pipeline_id,
        coalesce(history.stage_id, deals.dealstage) as stage_id,
        coalesce(history.changed_at, deals.createdate) as entered_at
    from deals
    left join history on deals.deal_id = history.deal_id
    where coalesce(history.stage_id, deals.dealstage) is not null
),

-- Setting the same stage again is no new visit.
changed as (
    select * from visited
    qualify
        coalesce(
            lag(stage_id) over (
                partition by deal_id order by entered_at
            ) != stage_id,
            true
        )
),

-- The history does not name the pipeline: the deal's own if it has the stage,
-- otherwise the one that the deal came from.
placed as (
    select
        changed.*,
        stages.pipeline_id,
        stages.stage_name,
        stages.display_order,
        stages.is_closed,
        stages.probability
    from changed
    left join stages on changed.stage_id = stages.stage_id
    qualify
        row_number() over (
            partition by changed.deal_id, changed.entered_at
            order by
                coalesce(
                    stages.pipeline_id = changed.current_pipeline_id, false
                ) desc,
                stages.pipeline_id asc
        ) = 1
),

ordered as (
    select
        *,
        row_number() over (deal_visits) as span_number,
        lead(entered_at) over (deal_visits) as left_at,
        lag(pipeline_id) over (deal_visits) as previous_pipeline_id,
        lag(display_order) over (deal_visits) as previous_display_order
    from placed
    window deal_visits as (partition by deal_id order by entered_at)
),

final as (
    select
        {{ surrogate_key(['deal_id', 'entered_at']) }} as deal_stage_span_id,
        deal_id,
        coalesce(pipeline_id, current_pipeline_id) as pipeline_id,
        stage_id,
        stage_name,
        case
            when span_number = 1 then null
            when coalesce(previous_pipeline_id != pipeline_id, true)
                then 'lateral'
            when display_order > previous_display_order then 'forward'
            when display_order < previous_display_order then 'backward'
            else 'lateral'
        end as direction,
        span_number,
        probability,
        coalesce(is_closed, false) as is_closed,
        left_at is null as is_current,
        entered_at,
        left_at
    from ordered
)

select * from final

with

spans as (
    select * from {{ ref('int_deal_stage_spans') }}
),

now as (
    select {{ as_of() }} as now_at
),

final as (
    select
        -- ids
        spans.deal_stage_span_id,
        spans.deal_id,
        spans.pipeline_id,
        spans.stage_id,

        -- strings
        spans.stage_name,
        spans.direction,

        -- numerics
        spans.span_number,
        {{ hours_between(
            'spans.entered_at', 'coalesce(spans.left_at, now.now_at)'
        ) }} / 24 as days,

        -- booleans
        spans.is_closed,
        spans.is_current,

        -- timestamps
        spans.entered_at,
        spans.left_at
    from spans
    cross join now
)

select * from final

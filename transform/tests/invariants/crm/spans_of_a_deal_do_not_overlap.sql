with

spans as (
    select
        deal_id,
        deal_stage_span_id,
        left_at,
        lead(entered_at) over (
            partition by deal_id order by span_number
        ) as next_entered_at
    from {{ ref('fct_deal_stage_spans') }}
)

select * from spans
where
    next_entered_at != left_at
    or (left_at is null and next_entered_at is not null)
    or (left_at is not null and next_entered_at is null)

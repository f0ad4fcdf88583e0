with

spans as (
    select
        issue_id,
        issue_state_span_id,
        left_at,
        lead(entered_at) over (
            partition by issue_id order by span_number
        ) as next_entered_at
    from {{ ref('fct_issue_state_spans') }}
)

select * from spans
where
    next_entered_at < left_at
    or (left_at is null and next_entered_at is not null)

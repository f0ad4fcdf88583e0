{{ config(severity='warn') }}

-- int_issue_state_spans ends such a span where the next one starts.
with

spans as (
    select
        issue_id,
        issue_state_span_id,
        started_at,
        ended_at,
        lead(started_at) over (
            partition by issue_id
            order by
                started_at, ended_at is null, ended_at, issue_state_span_id
        ) as next_started_at
    from {{ ref('stg_linear__issue_state_spans') }}
    where not is_deleted
)

select * from spans
where
    ended_at < started_at
    or ended_at > next_started_at
    or (ended_at is null and next_started_at is not null)

{{ config(severity='warn') }}

-- Issues that have no spans although others have, or whose last span has ended
-- or is in another state than the issue. Work in progress counts an issue by
-- its spans, fct_issues by its own state.
with

issues as (
    select * from {{ ref('int_issues_reconciled') }}
    where not is_deleted
),

spans as (
    select * from {{ ref('int_issue_state_spans') }}
),

last_spans as (
    select * from spans
    qualify
        row_number() over (
            partition by issue_id order by span_number desc
        ) = 1
)

select
    issues.identifier,
    issues.issue_id,
    case
        when last_spans.issue_id is null then 'has no spans'
        when last_spans.left_at is not null then 'its last span has ended'
        else 'its last span is in another state'
    end as reason
from issues
left join last_spans on issues.issue_id = last_spans.issue_id
where
    exists (select 1 from spans)
    and (
        last_spans.issue_id is null
        or last_spans.left_at is not null
        or last_spans.workflow_state_id != issues.state_id
    )

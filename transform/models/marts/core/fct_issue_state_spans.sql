with

spans as (
    select * from {{ ref('int_issue_state_spans') }}
),

issues as (
    select * from {{ ref('int_issues_reconciled') }}
),

final as (
    select
        -- ids
        spans.issue_state_span_id,
        spans.issue_id,
        issues.team_id,
        spans.workflow_state_id,

        -- strings
        spans.state_name,
        spans.state_category,
        spans.previous_state_category,
        spans.direction,

        -- numerics
        spans.span_number,
        spans.hours,

        -- booleans
        spans.is_current,
        spans.is_reopening,
        issues.is_deleted,

        -- timestamps
        spans.entered_at,
        spans.left_at
    from spans
    inner join issues on spans.issue_id = issues.issue_id
)

select * from final

with

spans as (
    select * from {{ ref('int_issue_state_spans') }}
),

aggregated as (
    select
        issue_id,
        min(if(state_category = 'started', entered_at, null)) as started_at,
        max(if(is_current, entered_at, null)) as current_state_entered_at,
        countif(is_reopening) as reopen_count,
        sum(if(state_category = 'triage', hours, null)) as hours_in_triage,
        sum(if(state_category = 'backlog', hours, null)) as hours_in_backlog,
        sum(if(state_category = 'unstarted', hours, null))
            as hours_in_unstarted,
        sum(if(state_category = 'started', hours, null)) as hours_in_started,
        sum(if(state_category = 'completed', hours, null))
            as hours_in_completed,
        sum(if(state_category = 'canceled', hours, null)) as hours_in_canceled,
        sum(if(state_category = 'duplicate', hours, null)) as hours_in_duplicate
    from spans
    group by issue_id
)

select * from aggregated

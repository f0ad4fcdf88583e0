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
        {%- for category in [
            'triage', 'backlog', 'unstarted', 'started',
            'completed', 'canceled', 'duplicate',
        ] %}
            sum(if(state_category = '{{ category }}', hours, null))
                as hours_in_{{ category }}
            {{- "," if not loop.last }}
        {%- endfor %}
    from spans
    group by issue_id
)

select * from aggregated

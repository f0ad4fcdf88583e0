with

spans as (
    select * from {{ ref('fct_issue_state_spans') }}
),

aggregated as (
    select
        issue_id,
        min(if(state_category = 'started', entered_at, null)) as started_at,
        countif(is_reopening) as reopen_count,
        {%- for category in ['triage', 'backlog', 'unstarted', 'started'] %}
            sum(if(state_category = '{{ category }}', hours, null))
                as hours_in_{{ category }},
        {%- endfor %}
        sum(
            if(
                state_category in ('completed', 'canceled', 'duplicate'),
                hours,
                null
            )
        ) as hours_in_closed
    from spans
    group by issue_id
)

select * from aggregated

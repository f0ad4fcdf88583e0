with

spans as (
    select * from {{ ref('stg_linear__issue_state_spans') }}
    where not is_deleted
),

issues as (
    select * from {{ ref('stg_linear__issues') }}
),

states as (
    select
        *,
        case state_category
            when 'triage' then 0
            when 'backlog' then 1
            when 'unstarted' then 2
            when 'started' then 3
            when 'completed' then 4
            when 'canceled' then 4
            when 'duplicate' then 4
        end as category_rank
    from {{ ref('stg_linear__workflow_states') }}
),

named as (
    select
        spans.issue_state_span_id,
        spans.issue_id,
        spans.state_id as workflow_state_id,
        states.state_name,
        states.state_category,
        states.category_rank,
        states.position,
        spans.started_at as entered_at,
        spans.ended_at as left_at,
        row_number() over span_order as span_number
    from spans
    inner join issues on spans.issue_id = issues.issue_id
    left join states on spans.state_id = states.workflow_state_id
    window span_order as (
        partition by spans.issue_id
        order by
            spans.started_at,
            spans.ended_at is null,
            spans.ended_at,
            spans.issue_state_span_id
    )
),

sequenced as (
    select
        *,
        lag(state_category) over span_order as previous_state_category,
        lag(category_rank) over span_order as previous_category_rank,
        lag(position) over span_order as previous_position
    from named
    window span_order as (partition by issue_id order by span_number)
),

final as (
    select
        -- ids
        issue_state_span_id,
        issue_id,
        workflow_state_id,

        -- strings
        state_name,
        state_category,
        previous_state_category,
        case
            when category_rank > previous_category_rank then 'forward'
            when category_rank < previous_category_rank then 'backward'
            when category_rank = 4 then 'lateral'
            when position > previous_position then 'forward'
            when position < previous_position then 'backward'
            when previous_category_rank is not null then 'lateral'
        end as direction,

        -- numerics
        span_number,
        {{ hours_between('entered_at', 'left_at') }} as hours,

        -- booleans
        left_at is null as is_current,
        coalesce(previous_category_rank = 4 and category_rank < 4, false)
            as is_reopening,

        -- timestamps
        entered_at,
        left_at
    from sequenced
)

select * from final

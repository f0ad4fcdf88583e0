-- When each issue was in which state. An issue is in one state at a time: a
-- span that lasts into the next one ends where that begins, and a span that
-- ends before it begins has no length.
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

ordered as (
    select
        spans.issue_state_span_id,
        spans.issue_id,
        spans.state_id as workflow_state_id,
        spans.started_at as entered_at,
        greatest(spans.started_at, spans.ended_at) as ended_at,
        row_number() over span_order as span_number,
        lead(spans.started_at) over span_order as next_entered_at
    from spans
    inner join issues on spans.issue_id = issues.issue_id
    window span_order as (
        partition by spans.issue_id
        order by
            spans.started_at,
            spans.ended_at is null,
            spans.ended_at,
            spans.issue_state_span_id
    )
),

named as (
    select
        ordered.*,
        states.state_name,
        states.state_category,
        states.category_rank,
        states.position,
        case
            when ordered.next_entered_at is null then ordered.ended_at
            when ordered.ended_at < ordered.next_entered_at
                then ordered.ended_at
            else ordered.next_entered_at
        end as left_at
    from ordered
    left join states on ordered.workflow_state_id = states.workflow_state_id
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
        issue_state_span_id,
        issue_id,
        workflow_state_id,
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
        span_number,
        {{ hours_between('entered_at', 'left_at') }} as hours,
        left_at is null as is_current,
        coalesce(previous_category_rank = 4 and category_rank < 4, false)
            as is_reopening,
        entered_at,
        left_at
    from sequenced
)

select * from final

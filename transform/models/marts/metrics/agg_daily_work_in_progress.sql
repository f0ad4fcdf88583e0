with

dates as (
    select * from {{ ref('dim_dates') }}
),

issues as (
    select * from {{ ref('fct_issues') }}
    where not is_deleted
),

spans as (
    select * from {{ ref('fct_issue_state_spans') }}
    where state_category is not null
),

-- An issue counts on each day if it is in the state at the end of the day: one
-- more on the day it enters, one less on the day it leaves.
changes as (
    select
        issues.team_id,
        spans.state_category,
        {{ local_date('spans.entered_at') }} as date_day,
        1 as issue_change,
        coalesce(issues.estimate, 0) as point_change
    from spans
    inner join issues on spans.issue_id = issues.issue_id

    union all

    select
        issues.team_id,
        spans.state_category,
        {{ local_date('spans.left_at') }} as date_day,
        -1 as issue_change,
        -coalesce(issues.estimate, 0) as point_change
    from spans
    inner join issues on spans.issue_id = issues.issue_id
    where spans.left_at is not null
),

first_day as (
    select min(date_day) as date_day from dates
),

-- What happened before the spine begins counts on its first day.
daily_changes as (
    select
        changes.team_id,
        changes.state_category,
        greatest(changes.date_day, first_day.date_day) as date_day,
        sum(changes.issue_change) as issue_change,
        sum(changes.point_change) as point_change
    from changes
    cross join first_day
    group by
        changes.team_id,
        changes.state_category,
        greatest(changes.date_day, first_day.date_day)
),

lines as (
    select
        team_id,
        state_category,
        min(date_day) as first_day
    from daily_changes
    group by team_id, state_category
),

spine as (
    select
        lines.team_id,
        lines.state_category,
        dates.date_day
    from lines
    inner join dates on lines.first_day <= dates.date_day
),

running as (
    select
        spine.team_id,
        spine.state_category,
        spine.date_day,
        sum(coalesce(daily_changes.issue_change, 0)) over day_order
            as issue_count,
        sum(coalesce(daily_changes.point_change, 0)) over day_order as points
    from spine
    left join daily_changes
        on
            spine.team_id = daily_changes.team_id
            and spine.state_category = daily_changes.state_category
            and spine.date_day = daily_changes.date_day
    window day_order as (
        partition by spine.team_id, spine.state_category
        order by spine.date_day
    )
),

teams as (
    select * from {{ ref('dim_teams') }}
),

final as (
    select
        -- ids
        running.team_id,

        -- strings
        teams.team_key,
        running.state_category,

        -- numerics
        running.issue_count,
        running.points,

        -- booleans
        running.state_category
        in ('triage', 'backlog', 'unstarted', 'started') as is_open,

        -- dates
        running.date_day
    from running
    left join teams on running.team_id = teams.team_id
)

select * from final

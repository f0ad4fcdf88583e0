-- When each issue was in which cycle. A change in the history names the cycle
-- before and after it, so the cycle before the first change is known too.
with

issues as (
    select * from {{ ref('stg_linear__issues') }}
),

changes as (
    select
        history.issue_id,
        history.from_cycle_id,
        history.to_cycle_id,
        history.created_at as changed_at,
        row_number() over change_order as change_number,
        lead(history.created_at) over change_order as next_changed_at
    from {{ ref('stg_linear__issue_history') }} as history
    where
        not history.is_deleted
        and coalesce(history.from_cycle_id, '')
        != coalesce(history.to_cycle_id, '')
    window change_order as (
        partition by history.issue_id
        order by history.created_at, history.issue_history_id
    )
),

spanned as (
    select
        issues.issue_id,
        changes.from_cycle_id as cycle_id,
        issues.created_at as entered_at,
        changes.changed_at as left_at
    from issues
    inner join changes on issues.issue_id = changes.issue_id
    where changes.change_number = 1

    union all

    select
        issues.issue_id,
        changes.to_cycle_id as cycle_id,
        changes.changed_at as entered_at,
        changes.next_changed_at as left_at
    from issues
    inner join changes on issues.issue_id = changes.issue_id

    union all

    select
        issues.issue_id,
        issues.cycle_id,
        coalesce(issues.added_to_cycle_at, issues.created_at) as entered_at,
        cast(null as timestamp) as left_at
    from issues
    left join changes on issues.issue_id = changes.issue_id
    where changes.issue_id is null
)

select * from spanned
where cycle_id is not null

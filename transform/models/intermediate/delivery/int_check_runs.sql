with

suites as (
    select * from {{ ref('stg_github__check_suites') }}
),

-- A check is the same check in every suite of a commit that the same workflow
-- made for the same event: the event decides what is checked out.
runs as (
    select
        suites.check_suite_id,
        run.node_id as check_run_id,
        {{ surrogate_key([
            'suites.repository_id', 'suites.commit_oid', 'suites.app_id',
            'suites.workflow_id', 'suites.event', 'run.name',
        ]) }} as check_id,
        run.name as check_name,
        lower(run.conclusion) as conclusion,
        run.started_at,
        run.completed_at
    from suites
    cross join unnest(suites.runs) as run
),

judged as (
    select
        *,
        {{ is_failed_check('conclusion') }} as is_failed,
        coalesce(conclusion = 'success', false) as is_succeeded
    from runs
),

-- Two runs of one name at the same time are two checks, not a repetition.
compared as (
    select
        *,
        coalesce(
            min(completed_at) over (
                partition by check_suite_id, check_name
                order by started_at, completed_at, check_run_id
                rows between unbounded preceding and 1 preceding
            ) <= started_at,
            false
        ) as is_rerun,
        min(if(is_failed, completed_at, null))
            over (partition by check_id) as first_failed_at,
        max(if(is_failed, started_at, null))
            over (partition by check_id) as last_failing_started_at,
        min(if(is_succeeded, completed_at, null))
            over (partition by check_id) as first_succeeded_at,
        max(if(is_succeeded, started_at, null))
            over (partition by check_id) as last_succeeding_started_at
    from judged
)

select
    -- ids
    check_run_id,
    check_suite_id,
    check_id,

    -- strings
    check_name,
    conclusion,

    -- booleans
    is_failed,
    is_succeeded,
    is_rerun,
    coalesce(last_succeeding_started_at >= first_failed_at, false)
    or coalesce(last_failing_started_at >= first_succeeded_at, false)
        as is_flaky,

    -- timestamps
    started_at,
    completed_at
from compared

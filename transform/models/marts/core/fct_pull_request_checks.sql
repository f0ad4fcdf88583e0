with

suites as (
    select * from {{ ref('stg_github__check_suites') }}
),

runs as (
    select * from {{ ref('int_check_runs') }}
),

pull_requests as (
    select * from {{ ref('stg_github__pull_requests') }}
),

-- Every commit that is or was one of a pull request: its head, its commits, and
-- the heads that a force-push replaced.
commits as (
    select
        pull_request_id,
        repository_id,
        head_ref_oid as commit_oid
    from pull_requests

    union distinct

    select
        pull_request_id,
        repository_id,
        oid as commit_oid
    from {{ ref('stg_github__pr_commits') }}

    union distinct

    select
        pull_request_id,
        repository_id,
        head_oid as commit_oid
    from {{ ref('stg_github__pr_events') }}
    cross join unnest([before_commit_oid, after_commit_oid]) as head_oid
    where event_type = 'HeadRefForcePushedEvent'
),

-- The first conclusion is that of the most serious run before any re-run.
summarized as (
    select
        check_suite_id,
        count(*) as run_count,
        countif(is_rerun) as rerun_count,
        logical_or(is_flaky) as is_flaky,
        countif(not is_rerun and conclusion is null) > 0 as is_first_unfinished,
        min(if(is_rerun, null, {{ check_seriousness('conclusion') }}))
            as first_seriousness,
        min(started_at) as started_at,
        max(completed_at) as completed_at
    from runs
    group by check_suite_id
),

checked as (
    select
        suites.*,
        coalesce(summarized.run_count, 0) as run_count,
        coalesce(summarized.rerun_count, 0) as rerun_count,
        coalesce(summarized.is_flaky, false) as is_flaky,
        case
            when coalesce(summarized.rerun_count, 0) = 0 then suites.conclusion
            when summarized.is_first_unfinished then null
            else {{ check_conclusion('summarized.first_seriousness') }}
        end as first_conclusion,
        coalesce(summarized.started_at, suites.created_at) as started_at,
        if(
            suites.status = 'completed',
            coalesce(summarized.completed_at, suites.updated_at),
            null
        ) as completed_at
    from suites
    left join summarized
        on suites.check_suite_id = summarized.check_suite_id
)

select
    -- ids
    {{ surrogate_key([
        'pull_requests.pull_request_id', 'checked.check_suite_id',
    ]) }} as pull_request_check_id,
    pull_requests.pull_request_id,
    checked.check_suite_id,
    checked.repository_id,
    checked.commit_oid,

    -- strings
    checked.app_name,
    checked.workflow_name,
    checked.event,
    checked.status,
    checked.first_conclusion,
    checked.conclusion as last_conclusion,
    checked.url,

    -- numerics
    checked.run_count,
    checked.rerun_count,
    {{ hours_between('checked.started_at', 'checked.completed_at') }}
        as check_hours,

    -- booleans
    {{ is_failed_check('checked.conclusion') }} as is_failed,
    checked.is_flaky,
    coalesce(checked.commit_oid = pull_requests.head_ref_oid, false)
        as is_of_head,

    -- timestamps
    checked.created_at,
    checked.started_at,
    checked.completed_at
from checked
inner join commits
    on
        checked.repository_id = commits.repository_id
        and checked.commit_oid = commits.commit_oid
inner join pull_requests
    on commits.pull_request_id = pull_requests.pull_request_id
-- After the merge, the commit is checked as one of the default branch.
where
    pull_requests.merged_at is null
    or checked.created_at <= pull_requests.merged_at

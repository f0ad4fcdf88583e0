-- What counts as a deployment to production: GitHub's deployments to a
-- production environment. Of a repository without any, its releases; without
-- those, its merges into the default branch.
with

deployments as (
    select * from {{ ref('int_deployment_statuses_aggregated') }}
    where {{ is_production('environment') }}
),

-- A draft reaches nobody, and a prerelease only those who ask for it.
releases as (
    select * from {{ ref('stg_github__releases') }}
    where
        not is_deleted
        and published_at is not null
        and not coalesce(is_draft, false)
        and not coalesce(is_prerelease, false)
),

repositories as (
    select * from {{ ref('stg_github__repositories') }}
),

merges as (
    select
        pull_requests.pull_request_id,
        pull_requests.repository_id,
        pull_requests.merge_commit_oid,
        pull_requests.merged_at
    from {{ ref('stg_github__pull_requests') }} as pull_requests
    left join repositories
        on pull_requests.repository_id = repositories.repository_id
    where
        not pull_requests.is_deleted
        and pull_requests.merged_at is not null
        and coalesce(
            pull_requests.base_ref_name = repositories.default_branch_name, true
        )
),

commits as (
    select * from {{ ref('stg_github__commits') }}
),

deploying as (
    select distinct repository_id from deployments
),

releasing as (
    select distinct releases.repository_id
    from releases
    left join deploying
        on releases.repository_id = deploying.repository_id
    where deploying.repository_id is null
),

unioned as (
    select
        'deployment:' || deployment_id as deployment_id,
        repository_id,
        commit_oid,
        cast(null as int64) as merged_pull_request_id,
        'deployment' as deployment_source,
        environment,
        state,
        started_at,
        finished_at
    from deployments

    union all

    select
        'release:' || releases.release_id as deployment_id,
        releases.repository_id,
        releases.tag_commit_oid as commit_oid,
        cast(null as int64) as merged_pull_request_id,
        'release' as deployment_source,
        cast(null as string) as environment,
        'success' as state,
        releases.published_at as started_at,
        releases.published_at as finished_at
    from releases
    inner join releasing
        on releases.repository_id = releasing.repository_id

    union all

    select
        'merge:' || cast(merges.pull_request_id as string) as deployment_id,
        merges.repository_id,
        merges.merge_commit_oid as commit_oid,
        merges.pull_request_id as merged_pull_request_id,
        'merge' as deployment_source,
        cast(null as string) as environment,
        'success' as state,
        merges.merged_at as started_at,
        merges.merged_at as finished_at
    from merges
    left join deploying on merges.repository_id = deploying.repository_id
    left join releasing on merges.repository_id = releasing.repository_id
    where
        deploying.repository_id is null
        and releasing.repository_id is null
),

merge_commits as (
    select
        repository_id,
        merge_commit_oid,
        max(merged_at) as merged_at
    from merges
    group by repository_id, merge_commit_oid
),

-- Everything that was merged up to the commit is in the deployment. A commit
-- that is not known counts as of the time of the deployment.
dated as (
    select
        unioned.*,
        coalesce(
            merge_commits.merged_at, commits.committed_at, unioned.started_at
        ) as includes_until_at
    from unioned
    left join merge_commits
        on
            unioned.repository_id = merge_commits.repository_id
            and unioned.commit_oid = merge_commits.merge_commit_oid
    left join commits
        on
            unioned.repository_id = commits.repository_id
            and unioned.commit_oid = commits.oid
),

-- What was live before: the newest commit of the successful ones before it.
followed as (
    select
        *,
        max(if(state = 'success', includes_until_at, null)) over (
            partition by
                repository_id, coalesce(environment, ''), state = 'unfinished'
            order by finished_at, deployment_id
            rows between unbounded preceding and 1 preceding
        ) as deployed_until_at
    from dated
)

select
    deployment_id,
    repository_id,
    commit_oid,
    merged_pull_request_id,
    deployment_source,
    environment,
    state,
    started_at,
    finished_at,
    includes_until_at,
    deployed_until_at,
    coalesce(includes_until_at < deployed_until_at, false) as is_rollback
from followed

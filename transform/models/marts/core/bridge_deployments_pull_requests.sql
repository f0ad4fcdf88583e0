with

deployments as (
    select * from {{ ref('int_deployments_unioned') }}
    where state != 'unfinished'
),

pull_requests as (
    select
        pull_requests.pull_request_id,
        pull_requests.repository_id,
        pull_requests.team_id,
        pull_requests.is_by_bot,
        pull_requests.first_commit_at,
        pull_requests.merged_at
    from {{ ref('fct_pull_requests') }} as pull_requests
    left join {{ ref('dim_repositories') }} as repositories
        on pull_requests.repository_id = repositories.repository_id
    where
        pull_requests.state = 'merged'
        and coalesce(
            pull_requests.base_ref_name = repositories.default_branch_name, true
        )
),

-- The first deployment that is known contains everything before it. When that
-- reached its users first is not known.
contained as (
    select
        deployments.deployment_id,
        deployments.repository_id,
        deployments.deployment_source,
        deployments.finished_at,
        deployments.state = 'success' as is_delivered,
        deployments.deployed_until_at is null as is_first_known,
        pull_requests.pull_request_id,
        pull_requests.team_id,
        pull_requests.is_by_bot,
        pull_requests.first_commit_at
    from deployments
    inner join pull_requests
        on
            deployments.repository_id = pull_requests.repository_id
            and deployments.includes_until_at >= pull_requests.merged_at
            and (
                deployments.deployed_until_at is null
                or deployments.deployed_until_at < pull_requests.merged_at
            )
    where deployments.deployment_source != 'merge'

    union all

    select
        deployments.deployment_id,
        deployments.repository_id,
        deployments.deployment_source,
        deployments.finished_at,
        true as is_delivered,
        false as is_first_known,
        pull_requests.pull_request_id,
        pull_requests.team_id,
        pull_requests.is_by_bot,
        pull_requests.first_commit_at
    from deployments
    inner join pull_requests
        on deployments.merged_pull_request_id = pull_requests.pull_request_id
    where deployments.deployment_source = 'merge'
),

ranked as (
    select
        *,
        is_delivered
        and row_number() over (
            partition by pull_request_id, is_delivered
            order by finished_at, deployment_id
        ) = 1 as is_first_delivery
    from contained
)

select
    -- ids
    {{ surrogate_key(['deployment_id', 'pull_request_id']) }}
        as deployment_pull_request_id,
    deployment_id,
    pull_request_id,
    repository_id,
    team_id,

    -- numerics
    if(
        is_delivered and not is_first_known,
        {{ hours_between('first_commit_at', 'finished_at') }},
        null
    ) as lead_time_for_changes_hours,

    -- booleans
    is_delivered,
    is_first_delivery,
    is_by_bot,

    -- timestamps
    finished_at as deployed_at
from ranked

with

deployments as (
    select * from {{ ref('int_deployments_unioned') }}
),

contents as (
    select * from {{ ref('bridge_deployments_pull_requests') }}
),

pull_requests as (
    select * from {{ ref('fct_pull_requests') }}
),

repositories as (
    select * from {{ ref('dim_repositories') }}
),

links as (
    select * from {{ ref('bridge_issues_pull_requests') }}
),

incidents as (
    select
        issue_id,
        team_id,
        created_at
    from {{ ref('fct_issues') }}
    where
        not is_deleted
        and exists (
            select 1
            from unnest(labels) as label
            where {{ is_label_among('label', var('incident_labels')) }}
        )
),

-- A revert of a revert brings work back: nothing has failed.
reverts as (
    select
        pull_requests.reverted_pull_request_id as pull_request_id,
        pull_requests.merged_at as failed_at
    from pull_requests
    left join pull_requests as reverted
        on
            pull_requests.reverted_pull_request_id
            = reverted.pull_request_id
    where
        pull_requests.is_revert
        and pull_requests.state = 'merged'
        and pull_requests.reverted_pull_request_id is not null
        and not coalesce(reverted.is_revert, false)
),

delivered as (
    select * from contents
    where is_delivered
),

reverted as (
    select distinct delivered.deployment_id
    from delivered
    inner join reverts
        on
            delivered.pull_request_id = reverts.pull_request_id
            and {{ within_a_day('reverts.failed_at', 'delivered.deployed_at') }}
),

-- An incident without a team counts only for the work that it is linked to.
disturbed as (
    select delivered.deployment_id
    from delivered
    inner join links on delivered.pull_request_id = links.pull_request_id
    inner join incidents
        on
            links.issue_id = incidents.issue_id
            and {{ within_a_day(
                'incidents.created_at', 'delivered.deployed_at'
            ) }}

    union distinct

    select delivered.deployment_id
    from delivered
    inner join incidents
        on
            delivered.team_id = incidents.team_id
            and {{ within_a_day(
                'incidents.created_at', 'delivered.deployed_at'
            ) }}
),

counted as (
    select
        deployment_id,
        count(*) as pull_request_count
    from contents
    group by deployment_id
),

counted_by_team as (
    select
        deployment_id,
        team_id,
        count(*) as pull_request_count
    from contents
    where team_id is not null
    group by deployment_id, team_id
),

-- The team with most of its pull requests; of equals, the first.
owners as (
    select
        deployment_id,
        team_id
    from counted_by_team
    qualify
        row_number() over (
            partition by deployment_id
            order by pull_request_count desc, team_id asc
        ) = 1
),

judged as (
    select
        deployments.*,
        owners.team_id,
        coalesce(counted.pull_request_count, 0) as pull_request_count,
        case
            when deployments.state in ('failure', 'error') then 'status'
            when reverted.deployment_id is not null then 'revert'
            when disturbed.deployment_id is not null then 'incident'
        end as failed_by
    from deployments
    left join counted
        on deployments.deployment_id = counted.deployment_id
    left join owners
        on deployments.deployment_id = owners.deployment_id
    left join reverted
        on deployments.deployment_id = reverted.deployment_id
    left join disturbed
        on deployments.deployment_id = disturbed.deployment_id
),

-- The next deployment to the same environment that did not fail.
recoveries as (
    select
        failed.deployment_id,
        next_one.deployment_id as recovered_by_deployment_id,
        next_one.finished_at as recovered_at
    from judged as failed
    inner join judged as next_one
        on
            failed.repository_id = next_one.repository_id
            and coalesce(failed.environment, '')
            = coalesce(next_one.environment, '')
            and failed.finished_at < next_one.finished_at
    where
        failed.failed_by is not null
        and next_one.failed_by is null
    qualify
        row_number() over (
            partition by failed.deployment_id
            order by next_one.finished_at, next_one.deployment_id
        ) = 1
)

select
    -- ids
    judged.deployment_id,
    judged.repository_id,
    judged.team_id,
    judged.commit_oid,
    recoveries.recovered_by_deployment_id,

    -- strings
    judged.deployment_source,
    repositories.repository_name,
    judged.environment,
    judged.state,
    judged.failed_by,

    -- numerics
    judged.pull_request_count,
    {{ hours_between('judged.started_at', 'judged.finished_at') }}
        as deployment_hours,
    {{ hours_between('judged.finished_at', 'recoveries.recovered_at') }}
        as recovery_hours,

    -- booleans
    judged.state != 'unfinished' as is_finished,
    judged.failed_by is not null as is_failed,
    judged.is_rollback,

    -- timestamps
    judged.started_at,
    judged.finished_at,
    recoveries.recovered_at
from judged
left join repositories
    on judged.repository_id = repositories.repository_id
left join recoveries
    on judged.deployment_id = recoveries.deployment_id

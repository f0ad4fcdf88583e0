-- How each deployment ended: its last status that ends one. Of a deployment
-- without statuses, GitHub's state says it.
with

deployments as (
    select * from {{ ref('stg_github__deployments') }}
    where not is_deleted
),

statuses as (
    select
        deployments.deployment_id,
        lower(status.state) as state,
        status.created_at
    from deployments
    cross join unnest(deployments.statuses) as status
),

ended as (
    select
        deployment_id,
        state,
        created_at
    from statuses
    where state in ('success', 'failure', 'error')
    qualify
        row_number() over (
            partition by deployment_id
            order by created_at desc, state desc
        ) = 1
)

select
    deployments.deployment_id,
    deployments.repository_id,
    deployments.commit_oid,
    deployments.environment,
    case
        when ended.state is not null then ended.state
        when deployments.state in ('active', 'success', 'inactive')
            then 'success'
        when deployments.state in ('failure', 'error') then deployments.state
        else 'unfinished'
    end as state,
    deployments.created_at as started_at,
    case
        when ended.state is not null then ended.created_at
        when
            deployments.state
            in ('active', 'success', 'inactive', 'failure', 'error')
            then deployments.created_at
    end as finished_at
from deployments
left join ended on deployments.deployment_id = ended.deployment_id

select
    deployments.deployment_id,
    deployments.repository_name,
    deployments.environment,
    deployments.deployment_source,
    deployments.state,
    deployments.is_failed,
    concat(
        pulls.repository_name, '#', cast(pulls.pull_request_number as string)
    ) as reference,
    contents.lead_time_for_changes_hours,
    contents.deployed_at
from bridge_issues_pull_requests as links
inner join fct_pull_requests as pulls
    on links.pull_request_id = pulls.pull_request_id
inner join bridge_deployments_pull_requests as contents
    on links.pull_request_id = contents.pull_request_id
inner join fct_deployments as deployments
    on contents.deployment_id = deployments.deployment_id
where links.issue_id = @issue_id
order by contents.deployed_at, deployments.deployment_id
limit 200

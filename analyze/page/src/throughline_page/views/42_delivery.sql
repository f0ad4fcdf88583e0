select
    'deployment' as part_of,
    teams.team_key,
    deployments.repository_name,
    date(deployments.finished_at, @time_zone) as day,
    deployments.is_failed,
    deployments.recovery_hours,
    cast(null as float64) as lead_time_for_changes_hours
from fct_deployments as deployments
left join dim_teams as teams on deployments.team_id = teams.team_id
where deployments.is_finished

union all

select
    'change' as part_of,
    teams.team_key,
    repositories.repository_name,
    date(changes.deployed_at, @time_zone) as day,
    cast(null as bool) as is_failed,
    cast(null as float64) as recovery_hours,
    changes.lead_time_for_changes_hours
from bridge_deployments_pull_requests as changes
left join dim_teams as teams on changes.team_id = teams.team_id
left join dim_repositories as repositories
    on changes.repository_id = repositories.repository_id
where changes.is_first_delivery and not changes.is_by_bot

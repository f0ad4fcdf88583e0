select
    summary,
    flow
from agg_repositories as summary
left join agg_repository_weekly_flow as flow
    on summary.repository_id = flow.repository_id
where
    summary.repository_id = @repository_id
    or lower(summary.repository_name) = lower(@repository_name)
order by flow.week_start desc
limit 12

select
    team_key,
    date(merged_at, @time_zone) as day,
    issue_count > 0 as is_linked,
    team_id is not null as has_team
from fct_pull_requests
where state = 'merged' and not is_by_bot

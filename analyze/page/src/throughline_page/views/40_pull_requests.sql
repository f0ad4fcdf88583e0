select
    team_key,
    repository_name,
    date(merged_at, @time_zone) as day,
    is_by_bot,
    pickup_time_hours,
    review_time_hours,
    approval_to_merge_hours,
    open_to_merge_hours
from fct_pull_requests
where state = 'merged'

select
    team_key,
    date(merged_at, @time_zone) as day,
    size_bucket,
    open_to_merge_hours,
    is_merged_without_review
from fct_pull_requests
where state = 'merged' and not is_by_bot

select
    team_key,
    date(merged_at, @time_zone) as day,
    start_to_first_commit_hours,
    first_commit_to_open_hours,
    open_to_first_review_hours,
    first_review_to_approval_hours,
    approval_to_merge_hours,
    merge_to_done_hours
from fct_issue_to_merge

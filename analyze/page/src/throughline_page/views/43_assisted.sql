select
    pull_requests.team_key,
    pull_requests.repository_name,
    date(pull_requests.merged_at, @time_zone) as day,
    if(assisted.pull_request_id is null, 'No visible help', 'With an agent')
        as help,
    assisted.pull_request_id is not null as is_assisted,
    pull_requests.pickup_time_hours,
    pull_requests.open_to_merge_hours
from fct_pull_requests as pull_requests
left join fct_pull_request_assistance as assisted
    on pull_requests.pull_request_id = assisted.pull_request_id
where
    pull_requests.state = 'merged'
    and (
        not pull_requests.is_by_bot
        or 'author' in unnest(assisted.assist_evidence)
    )

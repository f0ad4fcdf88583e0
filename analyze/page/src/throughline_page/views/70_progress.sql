select
    team_key,
    identifier,
    title,
    url,
    state_name,
    coalesce(assignee_name, 'nobody') as assignee_name,
    started_at,
    last_activity_at
from fct_issues
where is_open and state_category = 'started' and not is_deleted

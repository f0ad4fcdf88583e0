select
    team_key,
    customer_id,
    customer_name,
    coalesce(state_category, 'not planned') as state,
    coalesce(title, '(no issue yet)') as title,
    identifier,
    url,
    assignee_name,
    requested_at as since,
    waiting_hours,
    is_important,
    1 as request_count
from fct_customer_requests
where is_waiting

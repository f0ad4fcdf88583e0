select
    team_key,
    max(updated_at) as updated_at
from fct_pull_requests
group by team_key

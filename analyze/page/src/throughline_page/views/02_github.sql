select team_key, updated_at
from fct_pull_requests

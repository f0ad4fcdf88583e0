select team_key, updated_at
from fct_issues
where not is_deleted

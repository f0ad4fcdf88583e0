select
    team_key,
    max(updated_at) as updated_at
from fct_issues
where not is_deleted
group by team_key

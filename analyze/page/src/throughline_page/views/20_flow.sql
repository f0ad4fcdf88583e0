select
    team_key,
    date(completed_at, @time_zone) as day,
    lead_time_hours,
    cycle_time_hours
from fct_issues
where is_delivered and not is_deleted

select
    team_key,
    cycle_name,
    date(ends_at, @time_zone) as day,
    issues_at_start,
    issues_added,
    issues_removed,
    issues_at_close,
    issues_completed,
    issues_carried_over
from agg_cycle_outcomes
where is_closed

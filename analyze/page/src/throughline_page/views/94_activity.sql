select
    cast(null as string) as team_key,
    date_day as day,
    steps,
    exercise_minutes
from fct_health_days
where is_worn

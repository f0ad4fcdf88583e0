select
    cast(null as string) as team_key,
    habit_name,
    week_start as day,
    due_count,
    done_count
from agg_habits_weekly
where due_count > 0

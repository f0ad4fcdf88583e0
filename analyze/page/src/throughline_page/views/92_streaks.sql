select
    cast(null as string) as team_key,
    habit_name,
    period,
    source,
    current_streak,
    longest_streak,
    longest_streak_from,
    longest_streak_to,
    last_done_on,
    current_streak > 0 as is_running
from agg_habit_streaks

select
    team_key,
    date_sub(
        date_add(month_start, interval 1 month), interval 1 day
    ) as day,
    replace(category, '_', ' ') as category,
    if(is_linked, 'Linked', 'Not linked') as linked,
    delivered_issue_count,
    delivered_points,
    merged_count,
    merged_lines
from agg_investment
where delivered_issue_count > 0 or merged_count > 0

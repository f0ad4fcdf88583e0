select
    users.team_key,
    load.reviewer_user_id,
    coalesce(
        load.reviewer_name, load.reviewer_login, 'deleted account'
    ) as reviewer_name,
    load.week_start as day,
    load.review_count,
    load.waiting_request_count
from agg_reviewer_weekly_load as load
left join dim_users as users on load.reviewer_user_id = users.user_id

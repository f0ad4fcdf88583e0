with
week_ends as (
    select distinct week_end as date_day
    from dim_dates

    union distinct

    select max(date_day) as date_day
    from dim_dates
)

select
    work.team_key,
    work.date_day as day,
    work.state_category,
    work.issue_count
from agg_daily_work_in_progress as work
inner join week_ends on work.date_day = week_ends.date_day
where work.is_open

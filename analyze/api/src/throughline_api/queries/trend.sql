-- The words in braces come from the table in metrics.py, never from a request.
with

today as (
    select max(date_day) as date_day
    from dim_dates
),

points as (
    select
        {date} as point_date,
        cast(flow.{id} as string) as subject_id,
        flow.{name} as subject,
        cast(flow.{value} as float64) as value,
        {p85} as p85,
        {n} as n,
        {complete} as is_complete
    from {rows} as flow
    cross join today
    where
        flow.{id} is not null
        and {where}
        and (@subject is null or lower(flow.{name}) = lower(@subject))
        and {date} >= coalesce(
            @since, date_sub(today.date_day, interval {days} day)
        )
        and (@until is null or {date} <= @until)
)

select *
from points
where
    @after_date is null
    or point_date > @after_date
    or (point_date = @after_date and subject_id > @after_id)
order by point_date, subject_id
limit @limit

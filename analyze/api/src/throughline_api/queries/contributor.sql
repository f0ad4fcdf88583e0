with

person as (
    select *
    from agg_contributors
    where user_id = @id or lower(github_login) = lower(@id)
    order by if(user_id = @id, 0, 1)
    limit 1
),

weeks as (
    select distinct week_start
    from dim_dates
    order by week_start desc
    limit 12
),

commits as (
    select
        dates.week_start,
        sum(daily.commit_count) as commit_count
    from person
    inner join fct_daily_commits as daily
        on person.user_id = daily.author_user_id
    inner join dim_dates as dates
        on daily.commit_date = dates.date_day
    group by dates.week_start
)

select
    person,
    weeks.week_start,
    coalesce(commits.commit_count, 0) as commit_count,
    coalesce(reviews.review_count, 0) as review_count,
    coalesce(reviews.reply_count, 0) as reply_count,
    coalesce(reviews.pull_request_count, 0) as reviewed_pull_request_count,
    reviews.p50_response_hours,
    reviews.p85_response_hours,
    coalesce(reviews.response_n, 0) as response_n,
    coalesce(reviews.waiting_request_count, 0) as waiting_request_count
from person
cross join weeks
left join commits
    on weeks.week_start = commits.week_start
left join agg_reviewer_weekly_load as reviews
    on
        person.user_id = reviews.reviewer_user_id
        and weeks.week_start = reviews.week_start
order by weeks.week_start desc

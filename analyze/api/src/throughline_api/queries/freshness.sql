with

today as (
    select max(date_day) as as_of_date
    from dim_dates
),

marts as (
    select
        'linear' as source,
        'fct_issues' as mart,
        count(*) as row_count,
        max(updated_at) as newest_at
    from fct_issues

    union all

    select
        'github' as source,
        'fct_pull_requests' as mart,
        count(*) as row_count,
        max(updated_at) as newest_at
    from fct_pull_requests

    union all

    select
        'github' as source,
        'fct_daily_commits' as mart,
        count(*) as row_count,
        max(last_commit_at) as newest_at
    from fct_daily_commits
)

select
    marts.source,
    marts.mart,
    marts.row_count,
    marts.newest_at,
    today.as_of_date
from marts
cross join today
order by marts.source desc, marts.mart

with
recent as (
    select date_sub(max(date_day), interval 6 month) as first_day
    from dim_dates
)

select
    pull_requests.team_key,
    pull_requests.repository_name,
    coalesce(checks.workflow_name, checks.app_name) as check_name,
    date(checks.created_at, @time_zone) as day,
    checks.check_hours,
    checks.first_conclusion in ('failure', 'timed_out', 'startup_failure')
        as is_first_failed,
    checks.is_flaky
from fct_pull_request_checks as checks
inner join fct_pull_requests as pull_requests
    on checks.pull_request_id = pull_requests.pull_request_id
cross join recent
where
    checks.status = 'completed'
    and checks.run_count > 0
    and checks.first_conclusion is not null
    and checks.last_conclusion != 'skipped'
    and not pull_requests.is_by_bot
    and date(checks.created_at, @time_zone) >= recent.first_day

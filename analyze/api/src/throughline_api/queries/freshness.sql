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

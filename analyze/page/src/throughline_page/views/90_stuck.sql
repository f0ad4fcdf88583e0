select
    team_key,
    'Issue' as kind,
    identifier as name,
    title,
    url,
    coalesce(assignee_name, 'nobody') as person,
    last_activity_at
from fct_issues
where is_stuck and not is_deleted

union all

select
    team_key,
    'Pull request' as kind,
    concat(repository_name, '#', cast(pull_request_number as string)) as name,
    title,
    url,
    coalesce(author_name, author_login, 'deleted account') as person,
    last_activity_at
from fct_pull_requests
where is_stale and not is_by_bot

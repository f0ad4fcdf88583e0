with
open_pull_requests as (
    select
        *,
        concat(repository_name, '#', cast(pull_request_number as string)) as name
    from fct_pull_requests
    where state = 'open' and not is_draft and not is_by_bot
),

open_requests as (
    select *
    from fct_review_requests
    where is_open and not is_bot
)

select
    pull_requests.team_key,
    'Review' as waits_for,
    coalesce(
        requests.requested_name, requests.requested_login, 'deleted account'
    ) as waits_on,
    pull_requests.name,
    pull_requests.title,
    pull_requests.url,
    requests.requested_at as since,
    pull_requests.is_stale
from open_requests as requests
inner join open_pull_requests as pull_requests
    on requests.pull_request_id = pull_requests.pull_request_id

union all

select
    pull_requests.team_key,
    case
        when pull_requests.last_approval_at is not null then 'Merge'
        when pull_requests.first_response_at is not null then 'Author'
        else 'Reviewer to be chosen'
    end as waits_for,
    coalesce(
        pull_requests.author_name, pull_requests.author_login, 'deleted account'
    ) as waits_on,
    pull_requests.name,
    pull_requests.title,
    pull_requests.url,
    case
        when pull_requests.last_approval_at is not null
            then pull_requests.last_approval_at
        when pull_requests.first_response_at is not null
            then pull_requests.last_activity_at
        else coalesce(pull_requests.ready_at, pull_requests.created_at)
    end as since,
    pull_requests.is_stale
from open_pull_requests as pull_requests
left join open_requests as requests
    on pull_requests.pull_request_id = requests.pull_request_id
where requests.pull_request_id is null

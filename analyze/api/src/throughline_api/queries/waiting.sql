with

reviews as (
    select
        'review_request' as kind,
        requests.review_request_id as item_id,
        pulls.title,
        pulls.url,
        concat(
            pulls.repository_name, '#', cast(pulls.pull_request_number as string)
        ) as reference,
        pulls.team_key,
        pulls.repository_name,
        requests.requested_type as waiting_on_type,
        coalesce(requests.requested_name, requests.requested_login) as waiting_on,
        requests.requested_at as since,
        requests.waiting_hours
    from fct_review_requests as requests
    inner join fct_pull_requests as pulls
        on requests.pull_request_id = pulls.pull_request_id
    where requests.is_open and not requests.is_bot
),

stale as (
    select
        'stale_pull_request' as kind,
        cast(pull_request_id as string) as item_id,
        title,
        url,
        concat(
            repository_name, '#', cast(pull_request_number as string)
        ) as reference,
        team_key,
        repository_name,
        'person' as waiting_on_type,
        coalesce(author_name, author_login) as waiting_on,
        coalesce(last_activity_at, created_at) as since,
        cast(null as float64) as waiting_hours
    from fct_pull_requests
    where is_stale and not is_by_bot
),

stuck as (
    select
        'stuck_issue' as kind,
        issue_id as item_id,
        title,
        url,
        identifier as reference,
        team_key,
        cast(null as string) as repository_name,
        'person' as waiting_on_type,
        assignee_name as waiting_on,
        coalesce(last_activity_at, started_at, created_at) as since,
        cast(null as float64) as waiting_hours
    from fct_issues
    where is_stuck and not is_deleted
),

items as (
    select * from reviews
    union all
    select * from stale
    union all
    select * from stuck
)

select *
from items
where
    (
        @subject is null
        or lower(team_key) = lower(@subject)
        or lower(repository_name) = lower(@subject)
    )
    and (
        @after_since is null
        or since > @after_since
        or (since = @after_since and concat(kind, item_id) > @after_id)
    )
order by since, concat(kind, item_id)
limit @limit

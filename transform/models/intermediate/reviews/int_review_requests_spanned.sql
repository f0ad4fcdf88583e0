-- From when until when a person was asked for a review of a pull request.
with

pull_requests as (
    select * from {{ ref('stg_github__pull_requests') }}
    where not is_deleted
),

events as (
    select * from {{ ref('stg_github__pr_events') }}
),

reviews as (
    select * from {{ ref('stg_github__pr_reviews') }}
    where submitted_at is not null and not is_deleted
),

requests as (
    select
        event_id,
        pull_request_id,
        requested_reviewer_id,
        created_at as requested_at
    from events
    where
        event_type = 'ReviewRequestedEvent'
        and requested_reviewer_type in ('User', 'Bot', 'Mannequin')
        and requested_reviewer_id is not null
),

-- A request ends when the person reviews or is no longer asked.
ends as (
    select
        pull_request_id,
        author_id as requested_reviewer_id,
        submitted_at as ended_at
    from reviews

    union all

    select
        pull_request_id,
        requested_reviewer_id,
        created_at as ended_at
    from events
    where event_type = 'ReviewRequestRemovedEvent'
),

ended as (
    select
        requests.event_id,
        min(ends.ended_at) as ended_at
    from requests
    inner join ends
        on
            requests.pull_request_id = ends.pull_request_id
            and requests.requested_reviewer_id = ends.requested_reviewer_id
            and requests.requested_at <= ends.ended_at
    group by requests.event_id
),

spanned as (
    select
        requests.event_id,
        requests.pull_request_id,
        requests.requested_reviewer_id,
        requests.requested_at,
        -- Nobody waits any more once the pull request is closed.
        least(
            coalesce(ended.ended_at, pull_requests.closed_at),
            coalesce(pull_requests.closed_at, ended.ended_at)
        ) as ended_at
    from requests
    inner join pull_requests
        on requests.pull_request_id = pull_requests.pull_request_id
    left join ended on requests.event_id = ended.event_id
)

select * from spanned

-- When each pull request was ready for review: from the moment that it was
-- opened or stopped being a draft until it became a draft again.
with

pull_requests as (
    select * from {{ ref('stg_github__pull_requests') }}
    where not is_deleted
),

events as (
    select * from {{ ref('stg_github__pr_events') }}
    where event_type in ('ReadyForReviewEvent', 'ConvertToDraftEvent')
),

-- The pull request names its last two changes itself: without the stream
-- `pr_events` these are all.
changes as (
    select
        pull_request_id,
        created_at as changed_at,
        event_type = 'ReadyForReviewEvent' as is_ready
    from events

    union distinct

    select
        pull_request_id,
        ready_for_review_at as changed_at,
        true as is_ready
    from pull_requests
    where ready_for_review_at is not null

    union distinct

    select
        pull_request_id,
        converted_to_draft_at as changed_at,
        false as is_ready
    from pull_requests
    where converted_to_draft_at is not null
),

first_changes as (
    select
        pull_request_id,
        is_ready
    from changes
    qualify
        row_number() over (
            partition by pull_request_id order by changed_at, is_ready
        ) = 1
),

-- Opened as a draft if it became ready first, or is a draft and never changed.
opened as (
    select
        pull_requests.pull_request_id,
        pull_requests.created_at as changed_at,
        coalesce(not first_changes.is_ready, not pull_requests.is_draft, true)
            as is_ready
    from pull_requests
    left join first_changes
        on pull_requests.pull_request_id = first_changes.pull_request_id
),

timeline as (
    select * from opened
    union all
    select
        changes.pull_request_id,
        changes.changed_at,
        changes.is_ready
    from changes
    inner join pull_requests
        on changes.pull_request_id = pull_requests.pull_request_id
),

spanned as (
    select
        pull_request_id,
        is_ready,
        changed_at as ready_at,
        lead(changed_at) over (
            partition by pull_request_id order by changed_at, is_ready
        ) as drafted_at
    from timeline
)

select
    pull_request_id,
    ready_at,
    drafted_at
from spanned
where is_ready

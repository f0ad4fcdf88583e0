-- When a person last did anything with each pull request. Bots do not count,
-- and neither do times in the future.
with

pull_requests as (
    select * from {{ ref('stg_github__pull_requests') }}
    where not is_deleted
),

people as (
    select * from {{ ref('int_people') }}
    where github_user_id is not null
),

events as (
    select
        events.pull_request_id,
        events.event_type,
        events.created_at,
        coalesce(people.is_bot, events.is_actor_bot, false) as is_bot
    from {{ ref('stg_github__pr_events') }} as events
    left join people on events.actor_id = people.github_user_id
    where not events.is_deleted
),

-- Without the stream pr_events, the pull request itself shows when it was last
-- made ready.
made_ready as (
    select
        pull_request_id,
        ready_for_review_at as acted_at
    from pull_requests
    where
        pull_request_id not in (
            select events.pull_request_id from events
            where events.event_type = 'ReadyForReviewEvent'
        )
),

acts as (
    select
        pull_request_id,
        created_at as acted_at
    from events
    where not is_bot

    union all

    select * from made_ready

    union all

    select
        pull_request_id,
        acted_at
    from {{ ref('int_pull_request_pushes') }}
    where not is_bot

    union all

    select
        pull_request_id,
        submitted_at as acted_at
    from {{ ref('int_reviews') }}
    where is_submitted and not is_bot

    union all

    select
        pull_request_id,
        visible_at as acted_at
    from {{ ref('int_comments') }}
    where not is_bot
),

last_acts as (
    select
        pull_request_id,
        max(acted_at) as acted_at
    from acts
    where acted_at <= {{ as_of() }}
    group by pull_request_id
)

select
    pull_requests.pull_request_id,
    greatest(
        pull_requests.created_at,
        coalesce(last_acts.acted_at, pull_requests.created_at)
    ) as last_activity_at
from pull_requests
left join last_acts
    on pull_requests.pull_request_id = last_acts.pull_request_id

-- When each pull request was closed: from each closing to the next reopening.
with

pull_requests as (
    select * from {{ ref('stg_github__pull_requests') }}
    where not is_deleted
),

-- The pull request itself shows its last closing: without the stream
-- pr_events this is the only one.
changes as (
    select
        pull_request_id,
        created_at as changed_at,
        event_type = 'ReopenedEvent' as is_reopening
    from {{ ref('stg_github__pr_events') }}
    where event_type in ('ClosedEvent', 'MergedEvent', 'ReopenedEvent')

    union distinct

    select
        pull_request_id,
        closed_at as changed_at,
        false as is_reopening
    from pull_requests
    where closed_at is not null
),

spanned as (
    select
        pull_request_id,
        is_reopening,
        changed_at as closed_at,
        min(if(is_reopening, changed_at, null)) over (
            partition by pull_request_id
            order by changed_at, is_reopening
            rows between 1 following and unbounded following
        ) as reopened_at
    from changes
)

select
    spanned.pull_request_id,
    spanned.closed_at,
    spanned.reopened_at
from spanned
inner join pull_requests
    on spanned.pull_request_id = pull_requests.pull_request_id
where
    not spanned.is_reopening
    -- If it is open now, a closing without a reopening is over too.
    and (
        spanned.reopened_at is not null or pull_requests.closed_at is not null
    )

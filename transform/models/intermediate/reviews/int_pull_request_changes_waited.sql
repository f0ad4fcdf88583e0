-- After changes were requested: how long the author took to answer with new
-- commits or a new request, and the reviewers to review the answer.
with

pull_requests as (
    select * from {{ ref('stg_github__pull_requests') }}
    where not is_deleted
),

reviews as (
    select
        reviews.*,
        pull_requests.closed_at
    from {{ ref('int_reviews') }} as reviews
    inner join pull_requests
        on reviews.pull_request_id = pull_requests.pull_request_id
    where
        reviews.is_review
        and (
            pull_requests.closed_at is null
            or reviews.submitted_at < pull_requests.closed_at
        )
),

author_moves as (
    select
        pull_request_id,
        pushed_at as moved_at
    from {{ ref('int_pull_request_pushes') }}

    union distinct

    select
        requests.pull_request_id,
        requests.requested_at as moved_at
    from {{ ref('int_review_requests') }} as requests
    inner join pull_requests
        on
            requests.pull_request_id = pull_requests.pull_request_id
            and requests.requested_by_id = pull_requests.author_id
),

-- If the same commits answer several requests, the wait starts at the first.
asked as (
    select
        reviews.review_id,
        reviews.pull_request_id,
        reviews.submitted_at,
        reviews.closed_at,
        min(author_moves.moved_at) as moved_at
    from reviews
    left join author_moves
        on
            reviews.pull_request_id = author_moves.pull_request_id
            and reviews.submitted_at < author_moves.moved_at
            and (
                reviews.closed_at is null
                or reviews.closed_at > author_moves.moved_at
            )
    where reviews.submitted_state = 'changes_requested'
    group by
        reviews.review_id,
        reviews.pull_request_id,
        reviews.submitted_at,
        reviews.closed_at
),

author_spans as (
    select
        pull_request_id,
        moved_at,
        closed_at,
        min(submitted_at) as asked_at,
        coalesce(moved_at, closed_at) as ended_at
    from asked
    group by pull_request_id, moved_at, closed_at
),

reviewer_spans as (
    select
        author_spans.pull_request_id,
        author_spans.moved_at,
        coalesce(min(reviews.submitted_at), max(author_spans.closed_at))
            as ended_at
    from author_spans
    left join reviews
        on
            author_spans.pull_request_id = reviews.pull_request_id
            and author_spans.moved_at < reviews.submitted_at
    where author_spans.moved_at is not null
    group by author_spans.pull_request_id, author_spans.moved_at
),

author_waits as (
    select
        pull_request_id,
        sum({{ hours_between('asked_at', 'ended_at') }}) as author_wait_hours
    from author_spans
    group by pull_request_id
),

reviewer_waits as (
    select
        pull_request_id,
        sum({{ hours_between('moved_at', 'ended_at') }})
            as reviewer_wait_hours
    from reviewer_spans
    group by pull_request_id
)

select
    author_waits.pull_request_id,
    author_waits.author_wait_hours,
    reviewer_waits.reviewer_wait_hours
from author_waits
left join reviewer_waits
    on author_waits.pull_request_id = reviewer_waits.pull_request_id

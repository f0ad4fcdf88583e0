-- A round ends when changes are requested and new commits follow. Requests
-- with no commit between them are answered by the same commit: one round.
with

reviews as (
    select * from {{ ref('int_reviews') }}
    where is_review
),

pushes as (
    select distinct
        pull_request_id,
        pushed_at
    from {{ ref('int_pull_request_pushes') }}
),

answered as (
    select
        reviews.review_id,
        reviews.pull_request_id,
        min(pushes.pushed_at) as answered_at
    from reviews
    inner join pushes
        on
            reviews.pull_request_id = pushes.pull_request_id
            and reviews.submitted_at < pushes.pushed_at
    where reviews.submitted_state = 'changes_requested'
    group by reviews.review_id, reviews.pull_request_id
),

counted as (
    select
        pull_request_id,
        count(distinct answered_at) as answered_requests
    from answered
    group by pull_request_id
)

select
    reviews.pull_request_id,
    1 + coalesce(max(counted.answered_requests), 0) as review_rounds
from reviews
left join counted on reviews.pull_request_id = counted.pull_request_id
group by reviews.pull_request_id

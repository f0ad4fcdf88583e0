-- What people other than the author said to each pull request. Bots and the
-- author's own responses are left out first.
with

pull_requests as (
    select * from {{ ref('stg_github__pull_requests') }}
    where not is_deleted
),

ready_spans as (
    select * from {{ ref('int_pull_request_drafts_spanned') }}
),

closures as (
    select * from {{ ref('int_pull_request_closures_spanned') }}
),

reviews as (
    select * from {{ ref('int_reviews') }}
    where is_review
),

comments as (
    select * from {{ ref('int_comments') }}
    where not is_author and not is_bot
),

responses as (
    select * from {{ ref('int_responses') }}
),

-- Events after the merge are not steps toward it.
reviewed as (
    select
        reviews.pull_request_id,
        count(*) as review_count,
        count(distinct coalesce(reviews.reviewer_user_id, 'ghost'))
            as reviewer_count,
        min(
            if(
                pull_requests.merged_at is null
                or reviews.submitted_at <= pull_requests.merged_at,
                reviews.submitted_at,
                null
            )
        ) as first_review_at,
        max(
            if(
                reviews.state = 'approved'
                and reviews.submitted_at <= pull_requests.merged_at,
                reviews.submitted_at,
                null
            )
        ) as last_approval_at,
        countif(reviews.submitted_at <= pull_requests.merged_at)
            as reviews_before_merge
    from reviews
    inner join pull_requests
        on reviews.pull_request_id = pull_requests.pull_request_id
    group by reviews.pull_request_id
),

commented as (
    select
        pull_request_id,
        count(*) as comment_count
    from comments
    group by pull_request_id
),

responded as (
    select
        responses.pull_request_id,
        countif(responses.responded_at <= pull_requests.merged_at)
            as responses_before_merge
    from responses
    inner join pull_requests
        on responses.pull_request_id = pull_requests.pull_request_id
    group by responses.pull_request_id
),

-- A response counts only while the pull request was ready and open. It starts
-- at the last time before it that the pull request was made ready.
heard as (
    select
        responses.pull_request_id,
        responses.responded_at,
        max(ready_spans.ready_at) as ready_at
    from responses
    inner join ready_spans
        on
            responses.pull_request_id = ready_spans.pull_request_id
            and responses.responded_at >= ready_spans.ready_at
            and (
                ready_spans.drafted_at is null
                or responses.responded_at < ready_spans.drafted_at
            )
    left join closures
        on
            responses.pull_request_id = closures.pull_request_id
            and responses.responded_at > closures.closed_at
            and (
                closures.reopened_at is null
                or responses.responded_at < closures.reopened_at
            )
    where closures.pull_request_id is null
    group by responses.pull_request_id, responses.responded_at
),

answered as (
    select
        pull_request_id,
        responded_at as first_response_at,
        ready_at
    from heard
    qualify
        row_number() over (
            partition by pull_request_id order by responded_at
        ) = 1
),

last_ready as (
    select
        pull_request_id,
        max(ready_at) as ready_at
    from ready_spans
    group by pull_request_id
),

aggregated as (
    select
        pull_requests.pull_request_id,
        coalesce(reviewed.review_count, 0) as review_count,
        coalesce(reviewed.reviewer_count, 0) as reviewer_count,
        coalesce(reviewed.reviews_before_merge, 0) as reviews_before_merge,
        coalesce(responded.responses_before_merge, 0)
            as responses_before_merge,
        coalesce(commented.comment_count, 0) as comment_count,
        coalesce(answered.ready_at, last_ready.ready_at) as ready_at,
        answered.first_response_at,
        reviewed.first_review_at,
        reviewed.last_approval_at
    from pull_requests
    left join reviewed
        on pull_requests.pull_request_id = reviewed.pull_request_id
    left join commented
        on pull_requests.pull_request_id = commented.pull_request_id
    left join responded
        on pull_requests.pull_request_id = responded.pull_request_id
    left join answered
        on pull_requests.pull_request_id = answered.pull_request_id
    left join last_ready
        on pull_requests.pull_request_id = last_ready.pull_request_id
)

select * from aggregated

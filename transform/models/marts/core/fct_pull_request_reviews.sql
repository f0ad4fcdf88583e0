with

reviews as (
    select * from {{ ref('int_reviews') }}
),

pull_requests as (
    select * from {{ ref('stg_github__pull_requests') }}
),

ready_spans as (
    select * from {{ ref('int_pull_request_drafts_spanned') }}
),

requests as (
    select * from {{ ref('int_review_requests') }}
    where requested_type = 'person' and answer_review_id is not null
),

-- The request that a review answers: if it was repeated, the last one.
answered_requests as (
    select
        answer_review_id as review_id,
        max(requested_at) as requested_at
    from requests
    group by answer_review_id
),

numbered as (
    select
        *,
        row_number() over (
            partition by pull_request_id, reviewer_id
            order by submitted_at, review_id
        ) as reviewer_review_number
    from reviews
    where is_submitted
),

-- Without a request, a person's first review answers that the pull request was
-- ready. Nobody waits for a review after the pull request was closed.
ready_before as (
    select
        numbered.review_id,
        max(ready_spans.ready_at) as ready_at
    from numbered
    inner join pull_requests
        on numbered.pull_request_id = pull_requests.pull_request_id
    inner join ready_spans
        on
            numbered.pull_request_id = ready_spans.pull_request_id
            and numbered.submitted_at >= ready_spans.ready_at
    where
        numbered.reviewer_review_number = 1
        and (
            pull_requests.closed_at is null
            or numbered.submitted_at <= pull_requests.closed_at
        )
    group by numbered.review_id
),

final as (
    select
        -- ids
        reviews.review_id,
        reviews.pull_request_id,
        reviews.repository_id,
        reviews.reviewer_user_id,
        reviews.commit_oid,

        -- strings
        reviews.reviewer_login,
        reviews.reviewer_name,
        reviews.state,
        reviews.submitted_state,
        reviews.url,

        -- numerics
        reviews.body_characters,
        if(
            reviews.is_author,
            null,
            {{ hours_between(
                'coalesce(answered_requests.requested_at, ready_before.ready_at)',
                'reviews.submitted_at'
            ) }}
        ) as response_hours,

        -- booleans
        reviews.is_submitted,
        reviews.is_author,
        reviews.is_bot,
        reviews.is_reply,

        -- timestamps
        answered_requests.requested_at,
        reviews.submitted_at
    from reviews
    left join answered_requests
        on reviews.review_id = answered_requests.review_id
    left join ready_before on reviews.review_id = ready_before.review_id
)

select * from final

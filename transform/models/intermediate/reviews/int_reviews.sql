with

reviews as (
    select * from {{ ref('stg_github__pr_reviews') }}
),

pull_requests as (
    select * from {{ ref('stg_github__pull_requests') }}
    where not is_deleted
),

ready_spans as (
    select * from {{ ref('int_pull_request_drafts_spanned') }}
),

users as (
    select * from {{ ref('int_people') }}
    where github_user_id is not null
),

events as (
    select * from {{ ref('stg_github__pr_events') }}
),

-- A review that was dismissed says no more what it was.
dismissals as (
    select
        review_id,
        any_value(previous_review_state having min created_at) as state
    from events
    where event_type = 'ReviewDismissedEvent' and review_id is not null
    group by review_id
),

requests as (
    select
        pull_request_id,
        requested_reviewer_id,
        created_at as requested_at
    from events
    where event_type = 'ReviewRequestedEvent'
),

there as (
    select
        reviews.*,
        pull_requests.created_at as opened_at,
        coalesce(reviews.author_id = pull_requests.author_id, false)
            as is_author,
        lag(reviews.submitted_at) over (
            partition by reviews.pull_request_id, reviews.author_id
            order by reviews.submitted_at
        ) as previous_submitted_at
    from reviews
    inner join pull_requests
        on reviews.pull_request_id = pull_requests.pull_request_id
    where {{ is_still_there('reviews', 'pull_requests') }}
),

-- What the review answers: the request that was open for the reviewer.
answered_requests as (
    select
        there.review_id,
        min(requests.requested_at) as requested_at
    from there
    inner join requests
        on
            there.pull_request_id = requests.pull_request_id
            and there.author_id = requests.requested_reviewer_id
            and there.submitted_at >= requests.requested_at
            and (
                there.previous_submitted_at is null
                or there.previous_submitted_at < requests.requested_at
            )
    group by there.review_id
),

-- Without a request, the first review answers the pull request's being ready.
ready_before as (
    select
        there.review_id,
        max(ready_spans.ready_at) as ready_at
    from there
    inner join ready_spans
        on
            there.pull_request_id = ready_spans.pull_request_id
            and there.submitted_at >= ready_spans.ready_at
    where there.previous_submitted_at is null
    group by there.review_id
),

final as (
    select
        -- ids
        there.review_id,
        there.pull_request_id,
        there.repository_id,
        users.user_id as reviewer_user_id,
        there.commit_oid,

        -- strings
        there.author_login as reviewer_login,
        users.name as reviewer_name,
        there.state,
        if(there.state = 'dismissed', dismissals.state, there.state)
            as submitted_state,
        there.url,

        -- numerics
        char_length(coalesce(there.body, '')) as body_characters,
        if(
            there.is_author,
            null,
            {{ hours_between(
                'coalesce(answered_requests.requested_at, ready_before.ready_at)',
                'there.submitted_at'
            ) }}
        ) as response_hours,

        -- booleans
        there.submitted_at is not null and there.state != 'pending'
            as is_submitted,
        there.is_author,
        coalesce(users.is_bot, there.is_author_bot) as is_bot,

        -- timestamps
        answered_requests.requested_at,
        there.submitted_at
    from there
    left join users on there.author_id = users.github_user_id
    left join dismissals on there.review_id = dismissals.review_id
    left join answered_requests
        on there.review_id = answered_requests.review_id
    left join ready_before on there.review_id = ready_before.review_id
)

select * from final

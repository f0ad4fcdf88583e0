with

reviews as (
    select * from {{ ref('stg_github__pr_reviews') }}
),

pull_requests as (
    select * from {{ ref('stg_github__pull_requests') }}
    where not is_deleted
),

people as (
    select * from {{ ref('int_people') }}
    where github_user_id is not null
),

-- A dismissed review no longer shows what it was.
dismissals as (
    select
        review_id,
        any_value(previous_review_state having min created_at) as state
    from {{ ref('stg_github__pr_events') }}
    where event_type = 'ReviewDismissedEvent' and review_id is not null
    group by review_id
),

comments as (
    select * from {{ ref('stg_github__pr_comments') }}
),

-- A comment that is not a reply starts a thread.
threads as (
    select comments.review_id
    from comments
    inner join pull_requests
        on comments.pull_request_id = pull_requests.pull_request_id
    where
        comments.reply_to_id is null
        and comments.review_id is not null
        and {{ is_still_there('comments', 'pull_requests') }}
    group by comments.review_id
),

-- If the stream pr_comments is deselected, nothing shows that a review is
-- only a reply.
comments_read as (
    select count(*) > 0 as are_read from comments
),

joined as (
    select
        reviews.*,
        people.user_id as reviewer_user_id,
        people.name as reviewer_name,
        if(reviews.state = 'dismissed', dismissals.state, reviews.state)
            as submitted_state,
        coalesce(reviews.submitted_at is not null, false)
        and coalesce(reviews.state, '') != 'pending' as is_submitted,
        {{ is_same_account('reviews.author_id', 'pull_requests.author_id') }}
            as is_author,
        coalesce(people.is_bot, reviews.is_author_bot, false) as is_bot,
        coalesce(reviews.state, '') = 'commented'
        and trim(coalesce(reviews.body, '')) = ''
        and threads.review_id is null
        and comments_read.are_read as is_reply
    from reviews
    inner join pull_requests
        on reviews.pull_request_id = pull_requests.pull_request_id
    cross join comments_read
    left join people on reviews.author_id = people.github_user_id
    left join dismissals on reviews.review_id = dismissals.review_id
    left join threads on reviews.review_id = threads.review_id
    where {{ is_still_there('reviews', 'pull_requests') }}
),

final as (
    select
        -- ids
        review_id,
        pull_request_id,
        repository_id,
        author_id as reviewer_id,
        reviewer_user_id,
        commit_oid,

        -- strings
        author_login as reviewer_login,
        reviewer_name,
        state,
        submitted_state,
        url,

        -- numerics
        char_length(coalesce(body, '')) as body_characters,

        -- booleans
        is_submitted,
        is_author,
        is_bot,
        is_reply,
        is_submitted and not is_author and not is_bot as is_response,
        is_submitted and not is_author and not is_bot and not is_reply
            as is_review,

        -- timestamps
        submitted_at
    from joined
)

select * from final

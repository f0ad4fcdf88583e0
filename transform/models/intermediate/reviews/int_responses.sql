-- What people other than the author said to a pull request, and when the
-- author could first see it.
with

reviews as (
    select * from {{ ref('int_reviews') }}
    where is_response
),

comments as (
    select * from {{ ref('int_comments') }}
    where not is_author and not is_bot
),

responses as (
    select
        pull_request_id,
        reviewer_id as responder_id,
        reviewer_user_id as responder_user_id,
        if(is_reply, 'reply', 'review') as response_type,
        submitted_at as responded_at
    from reviews

    union all

    select
        pull_request_id,
        commenter_id as responder_id,
        commenter_user_id as responder_user_id,
        if(is_reply, 'reply', 'comment') as response_type,
        visible_at as responded_at
    from comments
)

select * from responses

with

reviews as (
    select * from {{ ref('int_reviews') }}
),

final as (
    select
        -- ids
        review_id,
        pull_request_id,
        repository_id,
        reviewer_user_id,
        commit_oid,

        -- strings
        reviewer_login,
        reviewer_name,
        state,
        submitted_state,
        url,

        -- numerics
        body_characters,
        response_hours,

        -- booleans
        is_submitted,
        is_author,
        is_bot,

        -- timestamps
        requested_at,
        submitted_at
    from reviews
)

select * from final

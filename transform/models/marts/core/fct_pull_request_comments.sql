with

comments as (
    select * from {{ ref('int_comments') }}
),

final as (
    select
        -- ids
        pull_request_comment_id,
        comment_id,
        pull_request_id,
        repository_id,
        review_id,
        commenter_user_id,

        -- strings
        comment_type,
        commenter_login,
        commenter_name,
        path,
        url,

        -- numerics
        body_characters,

        -- booleans
        is_resolved,
        is_reply,
        is_author,
        is_bot,

        -- timestamps
        created_at,
        visible_at,
        updated_at
    from comments
)

select * from final

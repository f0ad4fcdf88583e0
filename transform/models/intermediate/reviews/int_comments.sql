with

pull_requests as (
    select * from {{ ref('stg_github__pull_requests') }}
    where not is_deleted
),

users as (
    select * from {{ ref('int_people') }}
    where github_user_id is not null
),

comments as (
    select
        comment_id,
        'review' as comment_type,
        pull_request_id,
        repository_id,
        review_id,
        author_id,
        author_login,
        is_author_bot,
        body,
        path,
        url,
        is_resolved,
        is_deleted,
        pull_request_updated_at,
        created_at,
        updated_at
    from {{ ref('stg_github__pr_comments') }}
    where coalesce(state, '') != 'pending'

    union all

    select
        comment_id,
        'conversation' as comment_type,
        pull_request_id,
        repository_id,
        cast(null as int64) as review_id,
        author_id,
        author_login,
        is_author_bot,
        body,
        cast(null as string) as path,
        url,
        cast(null as bool) as is_resolved,
        is_deleted,
        pull_request_updated_at,
        created_at,
        updated_at
    from {{ ref('stg_github__pr_issue_comments') }}
),

final as (
    select
        -- ids
        comments.comment_type || ':' || cast(comments.comment_id as string)
            as pull_request_comment_id,
        comments.comment_id,
        comments.pull_request_id,
        comments.repository_id,
        comments.review_id,
        users.user_id as commenter_user_id,

        -- strings
        comments.comment_type,
        comments.author_login as commenter_login,
        users.name as commenter_name,
        comments.path,
        comments.url,

        -- numerics
        char_length(coalesce(comments.body, '')) as body_characters,

        -- booleans
        comments.is_resolved,
        coalesce(comments.author_id = pull_requests.author_id, false)
            as is_author,
        coalesce(users.is_bot, comments.is_author_bot) as is_bot,

        -- timestamps
        comments.created_at,
        comments.updated_at
    from comments
    inner join pull_requests
        on comments.pull_request_id = pull_requests.pull_request_id
    left join users on comments.author_id = users.github_user_id
    where {{ is_still_there('comments', 'pull_requests') }}
)

select * from final

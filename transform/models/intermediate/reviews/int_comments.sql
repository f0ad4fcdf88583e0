with

pull_requests as (
    select * from {{ ref('stg_github__pull_requests') }}
    where not is_deleted
),

people as (
    select * from {{ ref('int_people') }}
    where github_user_id is not null
),

reviews as (
    select
        review_id,
        submitted_at
    from {{ ref('stg_github__pr_reviews') }}
),

comments as (
    select
        comments.comment_id,
        'review' as comment_type,
        comments.pull_request_id,
        comments.repository_id,
        comments.review_id,
        comments.author_id,
        comments.author_login,
        comments.is_author_bot,
        comments.body,
        comments.path,
        comments.url,
        comments.is_resolved,
        comments.reply_to_id is not null as is_reply,
        comments.is_deleted,
        comments.pull_request_updated_at,
        comments.created_at,
        -- A drafted comment is visible once its review is submitted.
        greatest(
            comments.created_at,
            coalesce(
                reviews.submitted_at, comments.published_at, comments.created_at
            )
        ) as visible_at,
        comments.updated_at
    from {{ ref('stg_github__pr_comments') }} as comments
    left join reviews on comments.review_id = reviews.review_id
    where coalesce(comments.state, '') != 'pending'

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
        false as is_reply,
        is_deleted,
        pull_request_updated_at,
        created_at,
        created_at as visible_at,
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
        comments.author_id as commenter_id,
        people.user_id as commenter_user_id,

        -- strings
        comments.comment_type,
        comments.author_login as commenter_login,
        people.name as commenter_name,
        comments.path,
        comments.url,

        -- numerics
        char_length(coalesce(comments.body, '')) as body_characters,

        -- booleans
        comments.is_resolved,
        comments.is_reply,
        {{ is_same_account('comments.author_id', 'pull_requests.author_id') }}
            as is_author,
        coalesce(people.is_bot, comments.is_author_bot, false) as is_bot,

        -- timestamps
        comments.created_at,
        comments.visible_at,
        comments.updated_at
    from comments
    inner join pull_requests
        on comments.pull_request_id = pull_requests.pull_request_id
    left join people on comments.author_id = people.github_user_id
    where {{ is_still_there('comments', 'pull_requests') }}
)

select * from final

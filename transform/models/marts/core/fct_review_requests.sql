with

requests as (
    select * from {{ ref('int_review_requests') }}
),

people as (
    select * from {{ ref('int_people') }}
    where github_user_id is not null
),

final as (
    select
        -- ids
        requests.event_id as review_request_id,
        requests.pull_request_id,
        requests.repository_id,
        reviewers.user_id as requested_user_id,
        if(
            requests.requested_type = 'team',
            requests.requested_reviewer_id,
            null
        ) as requested_team_id,
        requesters.user_id as requested_by_user_id,
        requests.answer_review_id,

        -- strings
        requests.requested_type,
        requests.requested_login,
        reviewers.name as requested_name,
        requests.outcome,

        -- numerics
        {{ hours_between(
            'requests.requested_at',
            "if(requests.outcome = 'waiting', " ~ as_of()
            ~ ", requests.ended_at)"
        ) }} as waiting_hours,

        -- booleans
        requests.outcome = 'waiting' as is_open,
        coalesce(
            reviewers.is_bot, requests.requested_reviewer_type = 'Bot', false
        ) as is_bot,

        -- timestamps
        requests.requested_at,
        if(requests.outcome = 'answered', requests.ended_at, null)
            as answered_at,
        if(requests.outcome = 'removed', requests.ended_at, null)
            as removed_at,
        requests.ended_at
    from requests
    left join people as reviewers
        on
            requests.requested_type = 'person'
            and requests.requested_reviewer_id = reviewers.github_user_id
    left join people as requesters
        on requests.requested_by_id = requesters.github_user_id
)

select * from final

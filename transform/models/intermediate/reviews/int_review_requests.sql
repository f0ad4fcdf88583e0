-- Every request for a review, of a person or of a team, and how it ended.
with

pull_requests as (
    select * from {{ ref('stg_github__pull_requests') }}
    where not is_deleted
),

events as (
    select
        events.*,
        if(events.requested_reviewer_type = 'Team', 'team', 'person')
            as requested_type
    from {{ ref('stg_github__pr_events') }} as events
    inner join pull_requests
        on events.pull_request_id = pull_requests.pull_request_id
    where
        not events.is_deleted
        and events.event_type
        in ('ReviewRequestedEvent', 'ReviewRequestRemovedEvent')
),

reviews as (
    select * from {{ ref('int_reviews') }}
    where is_submitted
),

requests as (
    select * from events
    where event_type = 'ReviewRequestedEvent'
),

requested_teams as (
    select distinct
        pull_request_id,
        requested_reviewer_id
    from requests
    where requested_type = 'team' and requested_reviewer_id is not null
),

-- GitHub lists the teams for which nobody has answered yet.
waiting_teams as (
    select
        pull_requests.pull_request_id,
        reviewer.id as requested_reviewer_id
    from pull_requests
    cross join unnest(pull_requests.requested_reviewers) as reviewer
    where reviewer.type = 'Team'
),

-- Everything that begins or ends a request. A person answers with a review or
-- a reply. Which people are in a team is not known: for a team that GitHub no
-- longer lists, the next review by anyone but the author is the answer.
changes as (
    select
        pull_request_id,
        requested_type,
        requested_reviewer_id,
        created_at as changed_at,
        if(event_type = 'ReviewRequestedEvent', 'requested', 'removed')
            as change,
        cast(null as int64) as review_id
    from events
    where requested_reviewer_id is not null

    union all

    select
        pull_request_id,
        'person' as requested_type,
        reviewer_id as requested_reviewer_id,
        submitted_at as changed_at,
        'answered' as change,
        review_id
    from reviews
    where reviewer_id is not null

    union all

    select
        reviews.pull_request_id,
        'team' as requested_type,
        requested_teams.requested_reviewer_id,
        reviews.submitted_at as changed_at,
        'answered' as change,
        reviews.review_id
    from reviews
    inner join requested_teams
        on reviews.pull_request_id = requested_teams.pull_request_id
    left join waiting_teams
        on
            requested_teams.pull_request_id = waiting_teams.pull_request_id
            and requested_teams.requested_reviewer_id
            = waiting_teams.requested_reviewer_id
    where reviews.is_response and waiting_teams.pull_request_id is null
),

-- GitHub's times are whole seconds, and events of one second have no order.
-- They alternate, so their numbers and what was before them give what is after.
moments as (
    select
        pull_request_id,
        requested_type,
        requested_reviewer_id,
        changed_at,
        countif(change = 'requested') as requested_count,
        countif(change = 'removed') as removed_count,
        countif(change = 'answered') as answered_count,
        min(review_id) as review_id
    from changes
    group by
        pull_request_id, requested_type, requested_reviewer_id, changed_at
),

-- Only a moment with both kinds of changes depends on what was before it.
stretches as (
    select
        *,
        requested_count > 0 and removed_count + answered_count > 0 as is_mixed,
        sum(
            if(requested_count > 0 and removed_count + answered_count > 0, 0, 1)
        ) over moment_order as stretch
    from moments
    window moment_order as (
        partition by pull_request_id, requested_type, requested_reviewer_id
        order by changed_at
    )
),

settled as (
    select
        *,
        sum(
            case
                when is_mixed
                    then requested_count - removed_count - answered_count
                when requested_count > 0 then 1
                else 0
            end
        ) over (
            partition by
                pull_request_id,
                requested_type,
                requested_reviewer_id,
                stretch
            order by changed_at
        ) > 0 as is_waiting_after
    from stretches
),

followed as (
    select
        *,
        lead(changed_at) over moment_order as next_at,
        lead(requested_count) over moment_order as next_requested_count,
        lead(removed_count) over moment_order as next_removed_count,
        lead(answered_count) over moment_order as next_answered_count,
        lead(review_id) over moment_order as next_review_id
    from settled
    window moment_order as (
        partition by pull_request_id, requested_type, requested_reviewer_id
        order by changed_at
    )
),

ended as (
    select
        requests.event_id,
        requests.pull_request_id,
        requests.repository_id,
        requests.requested_type,
        requests.requested_reviewer_id,
        requests.requested_reviewer_login,
        requests.requested_reviewer_type,
        requests.actor_id,
        requests.created_at as requested_at,
        pull_requests.closed_at,
        case
            when requests.requested_reviewer_id is null then 'account_gone'
            -- Of several requests in the same second, at most one waits.
            when
                row_number() over (
                    partition by
                        requests.pull_request_id,
                        requests.requested_type,
                        requests.requested_reviewer_id,
                        requests.created_at
                    order by requests.event_id desc
                ) > 1
                then 'requested_again'
            when not followed.is_waiting_after and followed.answered_count > 0
                then 'answered_at_once'
            when not followed.is_waiting_after then 'removed_at_once'
            when followed.next_answered_count > 0 then 'answered'
            when followed.next_removed_count > 0 then 'removed'
            when followed.next_requested_count > 0 then 'requested_again'
            else 'waiting'
        end as outcome,
        followed.next_at,
        followed.next_review_id,
        followed.review_id
    from requests
    inner join pull_requests
        on requests.pull_request_id = pull_requests.pull_request_id
    left join followed
        on
            requests.pull_request_id = followed.pull_request_id
            and requests.requested_type = followed.requested_type
            and requests.requested_reviewer_id = followed.requested_reviewer_id
            and requests.created_at = followed.changed_at
),

timed as (
    select
        *,
        case
            when outcome in ('answered_at_once', 'removed_at_once')
                then requested_at
            when outcome in ('answered', 'removed') then next_at
            when outcome = 'requested_again'
                then coalesce(next_at, requested_at)
        end as changed_at
    from ended
),

-- Nobody waits any longer once the pull request is closed.
closed as (
    select
        *,
        coalesce(closed_at < changed_at, closed_at is not null)
        and outcome != 'account_gone' as is_closed_first
    from timed
),

final as (
    select
        -- ids
        event_id,
        pull_request_id,
        repository_id,
        requested_reviewer_id,
        actor_id as requested_by_id,
        case
            when is_closed_first then null
            when outcome = 'answered' then next_review_id
            when outcome = 'answered_at_once' then review_id
        end as answer_review_id,

        -- strings
        requested_type,
        requested_reviewer_login as requested_login,
        requested_reviewer_type,
        if(
            is_closed_first,
            'closed',
            replace(outcome, '_at_once', '')
        ) as outcome,

        -- timestamps
        requested_at,
        if(is_closed_first, greatest(closed_at, requested_at), changed_at)
            as ended_at
    from closed
)

select * from final

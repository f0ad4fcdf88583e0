-- Everything that was done in each repository, one row each. Times in the
-- future are left out.
with

pull_requests as (
    select * from {{ ref('stg_github__pull_requests') }}
    where not is_deleted
),

people as (
    select * from {{ ref('int_people') }}
    where github_user_id is not null
),

closers as (
    select
        pull_request_id,
        created_at,
        any_value(actor_id having max event_id) as actor_id,
        logical_and(is_actor_bot) as is_actor_bot
    from {{ ref('stg_github__pr_events') }}
    where event_type = 'ClosedEvent'
    group by pull_request_id, created_at
),

-- What was done with pull requests, who did it, and whether a bot opened them.
opened as (
    select
        pull_requests.*,
        people.user_id as author_user_id,
        coalesce(people.is_bot, pull_requests.is_author_bot, false)
            as is_by_bot
    from pull_requests
    left join people on pull_requests.author_id = people.github_user_id
),

acts as (
    select
        repository_id,
        'commit' as act,
        author_key as actor_key,
        is_bot as is_actor_bot,
        is_bot as is_by_bot,
        committed_at as acted_at
    from {{ ref('int_commits_attributed') }}

    union all

    select
        repository_id,
        'opened' as act,
        author_user_id as actor_key,
        is_by_bot as is_actor_bot,
        is_by_bot,
        created_at as acted_at
    from opened

    union all

    select
        opened.repository_id,
        'merged' as act,
        mergers.user_id as actor_key,
        coalesce(
            mergers.is_bot,
            {{ is_bot('opened.merged_by_login', 'opened.merged_by_type') }}
        ) as is_actor_bot,
        opened.is_by_bot,
        opened.merged_at as acted_at
    from opened
    left join people as mergers
        on opened.merged_by_id = mergers.github_user_id
    where opened.state = 'merged'

    union all

    select
        opened.repository_id,
        'closed' as act,
        people.user_id as actor_key,
        coalesce(people.is_bot, closers.is_actor_bot, false) as is_actor_bot,
        opened.is_by_bot,
        opened.closed_at as acted_at
    from opened
    left join closers
        on
            opened.pull_request_id = closers.pull_request_id
            and opened.closed_at = closers.created_at
    left join people on closers.actor_id = people.github_user_id
    where opened.state = 'closed'

    union all

    select
        repository_id,
        case
            when is_author then 'own_review'
            when is_reply then 'reply'
            else 'review'
        end as act,
        reviewer_user_id as actor_key,
        is_bot as is_actor_bot,
        is_bot as is_by_bot,
        submitted_at as acted_at
    from {{ ref('int_reviews') }}
    where is_submitted

    union all

    select
        repository_id,
        'comment' as act,
        commenter_user_id as actor_key,
        is_bot as is_actor_bot,
        is_bot as is_by_bot,
        visible_at as acted_at
    from {{ ref('int_comments') }}
)

select
    *,
    {{ local_date('acted_at') }} as acted_on
from acts
where acted_at <= {{ as_of() }}

-- When the code of each pull request changed. Clocks can be wrong: commits
-- dated in the future are left out.
with

pull_requests as (
    select * from {{ ref('stg_github__pull_requests') }}
    where not is_deleted
),

authors as (
    select * from {{ ref('int_commit_authors') }}
),

people as (
    select * from {{ ref('int_people') }}
    where github_user_id is not null
),

commits as (
    select
        *,
        {{ commit_author_id() }} as commit_author_id
    from {{ ref('stg_github__pr_commits') }}
),

pushes as (
    -- If a bot commits what a person wrote (a rebase), the person was active
    -- at the time of authoring.
    select
        commits.pull_request_id,
        authors.author_user_id as user_id,
        authors.is_bot,
        commits.committed_at as pushed_at,
        if(
            coalesce(
                committers.is_bot,
                {{ is_bot('commits.committer_login', "'User'") }}
            ),
            commits.authored_at,
            commits.committed_at
        ) as acted_at
    from commits
    inner join pull_requests
        on commits.pull_request_id = pull_requests.pull_request_id
    left join authors on commits.commit_author_id = authors.commit_author_id
    left join people as committers
        on commits.committer_id = committers.github_user_id
    where {{ is_still_there('commits', 'pull_requests') }}

    union all

    select
        events.pull_request_id,
        people.user_id,
        coalesce(people.is_bot, events.is_actor_bot, false) as is_bot,
        events.created_at as pushed_at,
        events.created_at as acted_at
    from {{ ref('stg_github__pr_events') }} as events
    left join people on events.actor_id = people.github_user_id
    where events.event_type = 'HeadRefForcePushedEvent'
)

select * from pushes
where pushed_at <= {{ as_of() }}

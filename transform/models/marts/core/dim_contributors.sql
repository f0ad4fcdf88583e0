with

people as (
    select * from {{ ref('int_people') }}
),

commits as (
    select
        author_key,
        max(author_name) as author_name,
        max(author_email) as author_email,
        logical_or(is_bot) as is_bot
    from {{ ref('int_commits_attributed') }}
    group by author_key
),

acts as (
    select
        actor_key,
        countif(act = 'commit') as commit_count,
        countif(act = 'opened') as pull_request_count,
        min(acted_at) as first_activity_at,
        max(acted_at) as last_activity_at
    from {{ ref('int_repository_acts') }}
    where actor_key is not null
    group by actor_key
),

-- People who only reviewed or commented contributed no code.
authors as (
    select author_key from commits
    union distinct
    select actor_key as author_key from acts
    where pull_request_count > 0
),

final as (
    select
        -- ids
        authors.author_key as contributor_id,
        people.user_id,

        -- strings
        people.github_login,
        coalesce(people.name, commits.author_name) as name,
        coalesce(people.email, commits.author_email) as email,

        -- numerics
        coalesce(acts.commit_count, 0) as commit_count,
        coalesce(acts.pull_request_count, 0) as pull_request_count,

        -- booleans
        coalesce(people.is_bot, commits.is_bot, false) as is_bot,

        -- timestamps
        acts.first_activity_at,
        acts.last_activity_at
    from authors
    left join commits on authors.author_key = commits.author_key
    left join acts on authors.author_key = acts.actor_key
    left join people on authors.author_key = people.user_id
)

select * from final

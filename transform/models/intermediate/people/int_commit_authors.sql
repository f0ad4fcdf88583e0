-- Who wrote commits: the account that GitHub knows, otherwise the account of a
-- no-reply address, otherwise the person with that address, otherwise the
-- address itself.
with

people as (
    select * from {{ ref('int_people') }}
),

commits as (
    select
        {{ commit_author_id() }} as commit_author_id,
        author_id,
        author_email,
        author_name
    from {{ ref('stg_github__commits') }}

    union all

    select
        {{ commit_author_id() }} as commit_author_id,
        author_id,
        author_email,
        author_name
    from {{ ref('stg_github__pr_commits') }}
),

authors as (
    select
        commit_author_id,
        coalesce(author_id, {{ noreply_account_id('author_email') }})
            as github_user_id,
        {{ normalized_email('author_email') }} as email,
        author_name
    from commits
    group by commit_author_id, author_id, author_email, author_name
),

people_by_email as (
    select
        address as email,
        people.user_id,
        people.name,
        people.is_bot
    from people
    cross join unnest(people.emails) as address
    qualify
        row_number() over (
            partition by address
            order by people.is_active desc, people.user_id asc
        ) = 1
),

attributed as (
    select
        authors.commit_author_id,
        authors.email,
        coalesce(by_id.user_id, by_email.user_id) as author_user_id,
        coalesce(
            by_id.user_id,
            by_email.user_id,
            'email:' || authors.email,
            'unknown'
        ) as author_key,
        coalesce(by_id.name, by_email.name, authors.author_name)
            as author_name,
        coalesce(
            by_id.is_bot,
            by_email.is_bot,
            {{ is_bot('authors.author_name', "''") }}
        ) as is_bot
    from authors
    left join people as by_id
        on authors.github_user_id = by_id.github_user_id
    left join people_by_email as by_email on authors.email = by_email.email
)

select * from attributed

-- The commits of the default branches, each with its author: the account that
-- GitHub knows, else the account of a no-reply address, else the person with
-- that address, else the address itself.
with

commits as (
    select
        *,
        {{ normalized_email('author_email') }} as email,
        coalesce(author_id, {{ noreply_account_id('author_email') }})
            as github_user_id
    from {{ ref('stg_github__commits') }}
    where not is_deleted
),

users as (
    select * from {{ ref('int_people') }}
),

by_email as (
    select * from users
    where email is not null
    qualify
        row_number() over (
            partition by email order by is_active desc, user_id asc
        ) = 1
),

attributed as (
    select
        commits.repository_id,
        commits.oid,
        commits.committed_at,
        commits.authored_at,
        commits.batched_at,
        commits.additions,
        commits.deletions,
        commits.changed_files,
        coalesce(by_id.user_id, by_email.user_id) as author_user_id,
        coalesce(
            by_id.user_id,
            by_email.user_id,
            'email:' || commits.email,
            'unknown'
        ) as author_key,
        coalesce(by_id.name, by_email.name, commits.author_name)
            as author_name,
        coalesce(
            by_id.is_bot,
            by_email.is_bot,
            {{ is_bot('commits.author_name', "''") }}
        ) as is_bot
    from commits
    left join users as by_id
        on commits.github_user_id = by_id.github_user_id
    left join by_email on commits.email = by_email.email
)

select * from attributed

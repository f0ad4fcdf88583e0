{#- `Reverts owner/name#12`, `revert PR #12`, `Reverts https://…/pull/12`. -#}
{%- set verb = '(?im)(?:\\breverts|^\\W*revert)\\s+' %}
{%- set kind = '(?:pull request\\s+|pr\\s+)?' %}
{%- set host = '(?:https?://[^\\s/]+/)?' %}
{%- set begin = verb ~ kind ~ host %}
{%- set name = '[\\w.-]+/[\\w.-]+' %}
{%- set mark = '(?:#|/pull/)' %}

-- Which pull requests revert another one or a commit: those that name it.
-- GitHub's button writes `Reverts owner/name#12` into the body, and `git
-- revert` writes `This reverts commit 1a2b3c4.` into the commit's message.
with

pull_requests as (
    select
        pull_requests.*,
        lower(
            coalesce(
                repositories.name_with_owner, pull_requests.repository_name
            )
        ) as current_repository_name,
        -- The comments of a template are not the author's text.
        coalesce(pull_requests.title, '')
        || '\n'
        || regexp_replace(
            coalesce(pull_requests.body, ''), r'(?s)<!--.*?-->', ''
        ) as text
    from {{ ref('stg_github__pull_requests') }} as pull_requests
    left join {{ ref('stg_github__repositories') }} as repositories
        on pull_requests.repository_id = repositories.repository_id
    where not pull_requests.is_deleted
),

commits as (
    select
        commits.pull_request_id,
        commits.repository_id,
        commits.oid,
        regexp_extract(
            lower(commits.message),
            r'\bthis reverts commit ([0-9a-f]{7,40})\b'
        ) as reverted_oid
    from {{ ref('stg_github__pr_commits') }} as commits
    inner join pull_requests
        on commits.pull_request_id = pull_requests.pull_request_id
    where {{ is_still_there('commits', 'pull_requests') }}
),

-- If only some commits are reverts, the pull request as a whole is not one.
reverting_commits as (
    select
        pull_request_id,
        any_value(reverted_oid having min oid) as first_reverted_oid
    from commits
    group by pull_request_id
    having countif(reverted_oid is null) = 0
),

named as (
    select
        pull_requests.pull_request_id,
        pull_requests.repository_id,
        pull_requests.created_at,
        coalesce(
            lower(regexp_extract(
                pull_requests.text,
                r'{{ begin }}({{ name }}){{ mark }}[0-9]+'
            )),
            pull_requests.current_repository_name
        ) as reverted_repository_name,
        safe_cast(
            coalesce(
                regexp_extract(
                    pull_requests.text,
                    r'{{ begin }}(?:{{ name }})?{{ mark }}([0-9]+)'
                ),
                -- The title of a squashed commit ends with its pull request.
                regexp_extract(
                    pull_requests.title,
                    r'(?i)^\W*revert:?\s+".*\(#([0-9]+)\)"'
                )
            ) as int64
        ) as reverted_number,
        coalesce(
            regexp_extract(
                lower(pull_requests.text),
                r'\breverts? commit ([0-9a-f]{7,40})\b'
            ),
            reverting_commits.first_reverted_oid
        ) as reverted_oid,
        regexp_extract(
            pull_requests.title, r'(?i)^\W*revert:?\s+"(.+)"'
        ) as reverted_title
    from pull_requests
    left join reverting_commits
        on pull_requests.pull_request_id = reverting_commits.pull_request_id
),

-- The pull request that it names: by its number, its title, or a commit.
candidates as (
    select
        named.pull_request_id,
        reverted.pull_request_id as reverted_pull_request_id,
        reverted.created_at,
        1 as preference
    from named
    inner join pull_requests as reverted
        on
            named.reverted_repository_name = reverted.current_repository_name
            and named.reverted_number = reverted.pull_request_number

    union all

    select
        named.pull_request_id,
        reverted.pull_request_id as reverted_pull_request_id,
        reverted.created_at,
        2 as preference
    from named
    inner join pull_requests as reverted
        on
            named.repository_id = reverted.repository_id
            and substr(named.reverted_oid, 1, 7)
            = substr(reverted.merge_commit_oid, 1, 7)
            and starts_with(reverted.merge_commit_oid, named.reverted_oid)

    union all

    select
        named.pull_request_id,
        commits.pull_request_id as reverted_pull_request_id,
        named.created_at,
        3 as preference
    from named
    inner join commits
        on
            named.repository_id = commits.repository_id
            and substr(named.reverted_oid, 1, 7) = substr(commits.oid, 1, 7)
            and starts_with(commits.oid, named.reverted_oid)

    union all

    select
        named.pull_request_id,
        reverted.pull_request_id as reverted_pull_request_id,
        reverted.created_at,
        4 as preference
    from named
    inner join pull_requests as reverted
        on
            named.repository_id = reverted.repository_id
            and named.reverted_title = reverted.title
            and named.created_at > reverted.created_at
),

found as (
    select
        pull_request_id,
        reverted_pull_request_id
    from candidates
    where pull_request_id != reverted_pull_request_id
    qualify
        row_number() over (
            partition by pull_request_id
            order by
                preference asc,
                created_at desc,
                reverted_pull_request_id desc
        ) = 1
)

select
    named.pull_request_id,
    found.reverted_pull_request_id,
    named.reverted_oid as reverted_commit_oid
from named
left join found on named.pull_request_id = found.pull_request_id
where
    found.reverted_pull_request_id is not null
    or named.reverted_number is not null
    or named.reverted_oid is not null

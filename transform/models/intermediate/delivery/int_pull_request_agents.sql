{%- set keys = '(?:co-authored|co-developed|assisted|generated)-(?:by|with)' %}

-- Which agents a pull request itself names: its author's account, and the
-- trailers of its own commits. A squash hides these on the default branch.
with

pull_requests as (
    select * from {{ ref('stg_github__pull_requests') }}
    where not is_deleted
),

agents as (
    select
        kind,
        lower(pattern) as pattern,
        product
    from {{ ref('agents') }}
),

commits as (
    select
        commits.pull_request_id,
        commits.message
    from {{ ref('stg_github__pr_commits') }} as commits
    inner join pull_requests
        on commits.pull_request_id = pull_requests.pull_request_id
    where {{ is_still_there('commits', 'pull_requests') }}
),

-- `Co-authored-by: Name <address>`, `Assisted-by: Name:version`.
trailers as (
    select
        commits.pull_request_id,
        lower(trim(regexp_extract(trailer, r'^([A-Za-z-]+)'))) as trailer_key,
        lower(trim(regexp_extract(trailer, r'^[A-Za-z-]+\s*:\s*(.*)$')))
            as trailer_value
    from commits
    cross join
        unnest(
            regexp_extract_all(
                commits.message, r'(?im)^({{ keys }}[ \t]*:[^\r\n]+)'
            )
        ) as trailer
),

by_author as (
    select
        pull_requests.pull_request_id,
        'author' as evidence,
        agents.product
    from pull_requests
    inner join agents
        on
            agents.kind = 'login'
            and regexp_replace(
                lower(pull_requests.author_login), r'\[bot\]$', ''
            ) = agents.pattern
),

-- A person may have the name of a product: in Co-authored-by, only the
-- address counts.
by_trailer as (
    select
        trailers.pull_request_id,
        'trailer' as evidence,
        agents.product
    from trailers
    inner join agents
        on
            (
                agents.kind = 'trailer'
                and strpos(trailers.trailer_value, agents.pattern) > 0
            )
            or (
                agents.kind = 'name'
                and trailers.trailer_key
                in ('assisted-by', 'generated-by', 'generated-with')
                and regexp_contains(
                    trailers.trailer_value,
                    r'^' || agents.pattern || r'(?:$|[^a-z0-9])'
                )
            )
)

select * from by_author
union distinct
select * from by_trailer

-- Every place in which a pull request or its attachment names an issue, before
-- it is known whether the issue exists.
with

pull_requests as (
    select * from {{ ref('stg_github__pull_requests') }}
    where not is_deleted
),

commits as (
    select * from {{ ref('stg_github__pr_commits') }}
),

attachments as (
    select * from {{ ref('stg_linear__attachments') }}
    where not is_deleted
),

texts as (
    select
        pull_request_id,
        'branch' as link_source,
        {{ issue_identifiers('head_ref_name') }} as identifiers
    from pull_requests

    union all

    select
        pull_request_id,
        'title' as link_source,
        {{ issue_identifiers('title') }} as identifiers
    from pull_requests

    union all

    select
        pull_request_id,
        'body' as link_source,
        {{ issue_identifiers('body') }} as identifiers
    from pull_requests

    union all

    select
        commits.pull_request_id,
        'commit' as link_source,
        {{ issue_identifiers('commits.message') }} as identifiers
    from commits
    inner join pull_requests
        on commits.pull_request_id = pull_requests.pull_request_id
    where {{ is_still_there('commits', 'pull_requests') }}
),

extracted as (
    select distinct
        texts.pull_request_id,
        texts.link_source,
        identifier,
        cast(null as string) as issue_id
    from texts
    cross join unnest(texts.identifiers) as identifier

    union distinct

    -- An attachment may link to a tab of the pull request: …/pull/12/files.
    select
        pull_requests.pull_request_id,
        'attachment' as link_source,
        cast(null as string) as identifier,
        attachments.issue_id
    from attachments
    inner join pull_requests
        on
            regexp_extract(lower(attachments.url), r'^.*/pull/[0-9]+')
            = lower(pull_requests.url)
)

select * from extracted

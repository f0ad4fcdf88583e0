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

-- Every name by which a repository is or was known. A name that two have had
-- belongs to the one that has it now, or that had it last.
names_seen as (
    select
        repository_id,
        name_with_owner as repository_name,
        true as is_current,
        cast(null as timestamp) as seen_at
    from {{ ref('stg_github__repositories') }}
    where not is_deleted

    union all

    select
        repository_id,
        repository_name,
        false as is_current,
        updated_at as seen_at
    from pull_requests

    union all

    -- The address can be older than the name: it was read with the last change.
    select
        repository_id,
        regexp_extract(url, r'//[^/]+/([^/]+/[^/]+)/pull/') as repository_name,
        false as is_current,
        updated_at as seen_at
    from pull_requests
),

repository_names as (
    select
        lower(repository_name) as repository_name,
        repository_id
    from names_seen
    where repository_name is not null
    qualify
        row_number() over (
            partition by lower(repository_name)
            order by is_current desc, seen_at desc, repository_id desc
        ) = 1
),

repository_ids as (
    select distinct repository_id
    from names_seen
),

-- Linear's integration notes GitHub's ids, which a new name does not change. An
-- address can also be that of a tab of the pull request: …/pull/12/files.
attached as (
    select
        issue_id,
        safe_cast(json_value(metadata, '$.repoId') as int64) as repository_id,
        regexp_extract(lower(url), r'//[^/]+/([^/]+/[^/]+)/pull/[0-9]+')
            as repository_name,
        coalesce(
            safe_cast(
                regexp_extract(lower(url), r'/pull/([0-9]+)') as int64
            ),
            safe_cast(json_value(metadata, '$.number') as int64)
        ) as pull_request_number
    from attachments
),

attached_to_repository as (
    select
        attached.issue_id,
        attached.pull_request_number,
        coalesce(
            repository_ids.repository_id, repository_names.repository_id
        ) as repository_id
    from attached
    left join repository_ids
        on attached.repository_id = repository_ids.repository_id
    left join repository_names
        on attached.repository_name = repository_names.repository_name
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

    select
        pull_requests.pull_request_id,
        'attachment' as link_source,
        cast(null as string) as identifier,
        attached.issue_id
    from attached_to_repository as attached
    inner join pull_requests
        on
            attached.repository_id = pull_requests.repository_id
            and attached.pull_request_number
            = pull_requests.pull_request_number
)

select * from extracted

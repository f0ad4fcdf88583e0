with

links as (
    select * from {{ ref('int_issue_links_extracted') }}
),

issues as (
    select * from {{ ref('int_issues_reconciled') }}
    where not is_deleted
),

-- Current and previous identifiers of each issue. One that another issue has
-- now belongs to that issue.
names as (
    select
        issues.issue_id,
        upper(issues.identifier) as identifier,
        true as is_current_name,
        issues.created_at
    from issues

    union all

    select
        issues.issue_id,
        upper(previous_identifier) as identifier,
        false as is_current_name,
        issues.created_at
    from issues
    cross join unnest(issues.previous_identifiers) as previous_identifier
),

owners as (
    select
        identifier,
        issue_id
    from names
    qualify
        row_number() over (
            partition by identifier
            order by is_current_name desc, created_at desc, issue_id asc
        ) = 1
),

resolved as (
    select distinct
        issues.issue_id,
        issues.created_at,
        links.pull_request_id,
        links.link_source,
        case links.link_source
            when 'attachment' then 1
            when 'branch' then 2
            when 'title' then 3
            when 'body' then 4
            when 'commit' then 5
        end as source_rank
    from links
    left join owners on links.identifier = owners.identifier
    inner join issues
        on coalesce(links.issue_id, owners.issue_id) = issues.issue_id
),

paired as (
    select
        issue_id,
        pull_request_id,
        min(created_at) as created_at,
        min(source_rank) as best_rank,
        array_agg(link_source order by source_rank) as link_sources
    from resolved
    group by issue_id, pull_request_id
),

final as (
    select
        -- ids
        {{ surrogate_key(['issue_id', 'pull_request_id']) }}
            as issue_pull_request_id,
        issue_id,
        pull_request_id,

        -- strings
        link_sources[safe_offset(0)] as link_source,

        -- lists and structures
        link_sources,

        -- booleans
        row_number() over (
            partition by pull_request_id
            order by best_rank, created_at, issue_id
        ) = 1 as is_primary
    from paired
)

select * from final

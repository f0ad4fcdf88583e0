with

pull_requests as (
    select * from {{ ref('stg_github__pull_requests') }}
    where not is_deleted
),

repositories as (
    select * from {{ ref('stg_github__repositories') }}
),

people as (
    select * from {{ ref('int_people') }}
    where github_user_id is not null
),

people_teams as (
    select * from {{ ref('int_people_teams') }}
),

teams as (
    select * from {{ ref('stg_linear__teams') }}
),

issues as (
    select * from {{ ref('stg_linear__issues') }}
),

commits as (
    select * from {{ ref('int_pull_request_commits_aggregated') }}
),

reviews as (
    select * from {{ ref('int_pull_request_reviews_aggregated') }}
),

rounds as (
    select * from {{ ref('int_pull_request_rounds_counted') }}
),

waits as (
    select * from {{ ref('int_pull_request_changes_waited') }}
),

reverts as (
    select * from {{ ref('int_pull_request_reverts') }}
),

activity as (
    select * from {{ ref('int_pull_request_activity_aggregated') }}
),

links as (
    select * from {{ ref('bridge_issues_pull_requests') }}
),

link_counts as (
    select
        pull_request_id,
        count(*) as issue_count
    from links
    group by pull_request_id
),

-- The team of the primary issue takes precedence over the author's.
issue_teams as (
    select
        links.pull_request_id,
        issues.team_id
    from links
    inner join issues on links.issue_id = issues.issue_id
    where links.is_primary
),

numbered as (
    select
        *,
        row_number() over (
            partition by repository_id, author_id
            order by created_at, pull_request_number, pull_request_id
        ) as author_pull_request_number
    from pull_requests
),

joined as (
    select
        numbered.*,
        coalesce(repositories.name_with_owner, numbered.repository_name)
            as current_repository_name,
        authors.user_id as author_user_id,
        authors.name as author_name,
        mergers.user_id as merged_by_user_id,
        coalesce(issue_teams.team_id, people_teams.team_id) as team_id,
        case
            when issue_teams.team_id is not null then 'primary_issue'
            when people_teams.team_id is not null then 'author'
        end as team_source,
        reverts.pull_request_id is not null as is_revert,
        reverts.reverted_pull_request_id,
        reverts.reverted_commit_oid,
        numbered.additions + numbered.deletions as changed_lines,
        coalesce(authors.is_bot, numbered.is_author_bot, false) as is_by_bot,
        coalesce(commits.commit_count, 0) as commit_count,
        commits.first_commit_at,
        reviews.review_count,
        reviews.reviewer_count,
        reviews.reviews_before_merge,
        reviews.responses_before_merge,
        reviews.comment_count,
        reviews.ready_at,
        reviews.first_response_at,
        reviews.first_review_at,
        reviews.last_approval_at,
        waits.author_wait_hours,
        waits.reviewer_wait_hours,
        coalesce(rounds.review_rounds, 0) as review_rounds,
        coalesce(link_counts.issue_count, 0) as issue_count,
        activity.last_activity_at
    from numbered
    left join repositories
        on numbered.repository_id = repositories.repository_id
    left join people as authors
        on numbered.author_id = authors.github_user_id
    left join people as mergers
        on numbered.merged_by_id = mergers.github_user_id
    left join people_teams on authors.user_id = people_teams.user_id
    left join issue_teams
        on numbered.pull_request_id = issue_teams.pull_request_id
    left join commits
        on numbered.pull_request_id = commits.pull_request_id
    left join reviews
        on numbered.pull_request_id = reviews.pull_request_id
    left join rounds
        on numbered.pull_request_id = rounds.pull_request_id
    left join waits
        on numbered.pull_request_id = waits.pull_request_id
    left join reverts
        on numbered.pull_request_id = reverts.pull_request_id
    left join link_counts
        on numbered.pull_request_id = link_counts.pull_request_id
    left join activity
        on numbered.pull_request_id = activity.pull_request_id
),

final as (
    select
        -- ids
        joined.pull_request_id,
        joined.repository_id,
        joined.author_user_id,
        joined.merged_by_user_id,
        joined.team_id,
        joined.reverted_pull_request_id,

        -- strings
        joined.current_repository_name as repository_name,
        joined.title,
        joined.url,
        joined.state,
        joined.author_login,
        joined.author_name,
        lower(joined.author_association) as author_association,
        joined.merged_by_login,
        teams.team_key,
        joined.team_source,
        joined.head_ref_name,
        joined.base_ref_name,
        joined.reverted_commit_oid,
        case
            when joined.changed_lines <= 10 then 'XS'
            when joined.changed_lines <= 50 then 'S'
            when joined.changed_lines <= 250 then 'M'
            when joined.changed_lines <= 1000 then 'L'
            when joined.changed_lines > 1000 then 'XL'
        end as size_bucket,

        -- lists and structures
        joined.labels,

        -- numerics
        joined.pull_request_number,
        joined.additions,
        joined.deletions,
        joined.changed_lines,
        joined.changed_files,
        joined.commit_count,
        joined.review_count,
        joined.reviewer_count,
        joined.comment_count,
        joined.review_rounds,
        joined.issue_count,
        {{ hours_between('joined.first_commit_at', 'joined.created_at') }}
            as coding_time_hours,
        {{ hours_between('joined.ready_at', 'joined.first_response_at') }}
            as pickup_time_hours,
        {{ hours_between(
            'joined.first_response_at', 'joined.last_approval_at'
        ) }} as review_time_hours,
        {{ hours_between('joined.last_approval_at', 'joined.merged_at') }}
            as approval_to_merge_hours,
        {{ hours_between('joined.created_at', 'joined.merged_at') }}
            as open_to_merge_hours,
        if(
            joined.state = 'closed',
            {{ hours_between('joined.created_at', 'joined.closed_at') }},
            null
        ) as open_to_close_hours,
        joined.author_wait_hours,
        joined.reviewer_wait_hours,

        -- booleans
        joined.is_by_bot,
        joined.is_draft,
        joined.is_cross_repository,
        -- GitHub does not say which deleted account opened it.
        if(
            joined.author_id is null,
            null,
            joined.author_pull_request_number = 1
        ) as is_first_pull_request,
        joined.is_revert,
        coalesce(joined.state = 'merged', false)
        and {{ is_same_account('joined.merged_by_id', 'joined.author_id') }}
            as is_self_merged,
        joined.state = 'merged' and joined.reviews_before_merge = 0
            as is_merged_without_review,
        joined.state = 'merged' and joined.responses_before_merge = 0
            as is_merged_without_word,
        joined.state = 'open'
        and not joined.is_draft
        and joined.last_activity_at < timestamp_sub(
            {{ as_of() }}, interval {{ var('stale_days') }} day
        ) as is_stale,

        -- timestamps
        joined.created_at,
        joined.first_commit_at,
        joined.ready_at,
        joined.first_response_at,
        joined.first_review_at,
        joined.last_approval_at,
        joined.merged_at,
        joined.closed_at,
        joined.last_activity_at,
        joined.updated_at
    from joined
    left join teams on joined.team_id = teams.team_id
)

select * from final

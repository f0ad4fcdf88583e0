with

pull_requests as (
    select * from {{ ref('stg_github__pull_requests') }}
    where not is_deleted
),

repositories as (
    select * from {{ ref('stg_github__repositories') }}
),

users as (
    select * from {{ ref('dim_users') }}
    where github_user_id is not null
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

links as (
    select
        pull_request_id,
        count(*) as issue_count
    from {{ ref('bridge_issues_pull_requests') }}
    group by pull_request_id
),

-- Everything that shows that somebody cares; what bots do does not.
acts as (
    select
        pull_request_id,
        created_at as acted_at
    from {{ ref('stg_github__pr_events') }}
    where not is_actor_bot

    union all

    select
        pull_request_id,
        submitted_at as acted_at
    from {{ ref('fct_pull_request_reviews') }}
    where is_submitted and not is_bot

    union all

    select
        pull_request_id,
        created_at as acted_at
    from {{ ref('fct_pull_request_comments') }}
    where not is_bot
),

last_acts as (
    select
        pull_request_id,
        max(acted_at) as last_acted_at
    from acts
    group by pull_request_id
),

joined as (
    select
        pull_requests.*,
        coalesce(repositories.name_with_owner, pull_requests.repository_name)
            as current_repository_name,
        authors.user_id as author_user_id,
        authors.name as author_name,
        mergers.user_id as merged_by_user_id,
        pull_requests.additions + pull_requests.deletions as changed_lines,
        coalesce(authors.is_bot, pull_requests.is_author_bot) as is_by_bot,
        coalesce(commits.commit_count, 0) as commit_count,
        commits.first_commit_at,
        reviews.review_count,
        reviews.reviewer_count,
        reviews.reviews_before_merge,
        reviews.comment_count,
        reviews.ready_at,
        reviews.first_response_at,
        reviews.first_review_at,
        reviews.last_approval_at,
        coalesce(rounds.review_rounds, 0) as review_rounds,
        coalesce(links.issue_count, 0) as issue_count,
        greatest(
            pull_requests.created_at,
            coalesce(commits.last_commit_at, pull_requests.created_at),
            coalesce(last_acts.last_acted_at, pull_requests.created_at),
            coalesce(
                pull_requests.ready_for_review_at, pull_requests.created_at
            )
        ) as last_activity_at
    from pull_requests
    left join repositories
        on pull_requests.repository_id = repositories.repository_id
    left join users as authors
        on pull_requests.author_id = authors.github_user_id
    left join users as mergers
        on pull_requests.merged_by_id = mergers.github_user_id
    left join commits
        on pull_requests.pull_request_id = commits.pull_request_id
    left join reviews
        on pull_requests.pull_request_id = reviews.pull_request_id
    left join rounds
        on pull_requests.pull_request_id = rounds.pull_request_id
    left join links
        on pull_requests.pull_request_id = links.pull_request_id
    left join last_acts
        on pull_requests.pull_request_id = last_acts.pull_request_id
),

final as (
    select
        -- ids
        pull_request_id,
        repository_id,
        author_user_id,
        merged_by_user_id,

        -- strings
        current_repository_name as repository_name,
        title,
        url,
        state,
        author_login,
        author_name,
        merged_by_login,
        head_ref_name,
        base_ref_name,
        case
            when changed_lines <= 10 then 'XS'
            when changed_lines <= 50 then 'S'
            when changed_lines <= 250 then 'M'
            when changed_lines <= 1000 then 'L'
            when changed_lines > 1000 then 'XL'
        end as size_bucket,

        -- lists and structures
        labels,

        -- numerics
        pull_request_number,
        additions,
        deletions,
        changed_lines,
        changed_files,
        commit_count,
        review_count,
        reviewer_count,
        comment_count,
        review_rounds,
        issue_count,
        {{ hours_between('first_commit_at', 'created_at') }}
            as coding_time_hours,
        {{ hours_between('ready_at', 'first_response_at') }}
            as pickup_time_hours,
        {{ hours_between('first_response_at', 'last_approval_at') }}
            as review_time_hours,
        {{ hours_between('last_approval_at', 'merged_at') }}
            as approval_to_merge_hours,
        {{ hours_between('created_at', 'merged_at') }} as open_to_merge_hours,

        -- booleans
        is_by_bot,
        is_draft,
        is_cross_repository,
        coalesce(state = 'merged' and merged_by_id = author_id, false)
            as is_self_merged,
        state = 'merged' and reviews_before_merge = 0
            as is_merged_without_review,
        state = 'open'
        and not is_draft
        and last_activity_at < timestamp_sub(
            {{ as_of() }}, interval {{ var('stale_days') }} day
        ) as is_stale,

        -- timestamps
        created_at,
        first_commit_at,
        ready_at,
        first_response_at,
        first_review_at,
        last_approval_at,
        merged_at,
        closed_at,
        last_activity_at,
        updated_at
    from joined
)

select * from final

with

issues as (
    select * from {{ ref('fct_issues') }}
),

pull_requests as (
    select * from {{ ref('fct_pull_requests') }}
    where state = 'merged' and not is_revert
),

links as (
    select * from {{ ref('bridge_issues_pull_requests') }}
),

approvals as (
    select * from {{ ref('fct_pull_request_reviews') }}
    where
        state = 'approved'
        and is_submitted
        and not is_author
        and not is_bot
),

-- The merge of an issue is that of its first pull request.
merges as (
    select
        links.issue_id,
        min(pull_requests.merged_at) as merged_at
    from links
    inner join pull_requests
        on links.pull_request_id = pull_requests.pull_request_id
    group by links.issue_id
),

-- Each beginning is the earliest among the issue's pull requests. Events
-- after the merge are not steps toward it.
merged as (
    select
        links.issue_id,
        merges.merged_at,
        count(*) as merged_pull_request_count,
        sum(pull_requests.changed_lines) as changed_lines,
        min(
            if(
                pull_requests.first_commit_at <= merges.merged_at,
                pull_requests.first_commit_at,
                null
            )
        ) as first_commit_at,
        min(
            if(
                pull_requests.created_at <= merges.merged_at,
                pull_requests.created_at,
                null
            )
        ) as opened_at,
        min(
            if(
                pull_requests.first_review_at <= merges.merged_at,
                pull_requests.first_review_at,
                null
            )
        ) as first_review_at
    from links
    inner join pull_requests
        on links.pull_request_id = pull_requests.pull_request_id
    inner join merges on links.issue_id = merges.issue_id
    group by links.issue_id, merges.merged_at
),

approved as (
    select
        links.issue_id,
        max(approvals.submitted_at) as approved_at
    from links
    inner join pull_requests
        on links.pull_request_id = pull_requests.pull_request_id
    inner join merges on links.issue_id = merges.issue_id
    inner join approvals
        on
            links.pull_request_id = approvals.pull_request_id
            and merges.merged_at >= approvals.submitted_at
    group by links.issue_id
),

final as (
    select
        -- ids
        issues.issue_id,
        issues.team_id,
        issues.assignee_user_id,

        -- strings
        issues.identifier,
        issues.title,
        issues.team_key,
        issues.state_category,

        -- numerics
        merged.merged_pull_request_count,
        merged.changed_lines,
        {{ hours_between('issues.started_at', 'merged.first_commit_at') }}
            as start_to_first_commit_hours,
        {{ hours_between('merged.first_commit_at', 'merged.opened_at') }}
            as first_commit_to_open_hours,
        {{ hours_between('merged.opened_at', 'merged.first_review_at') }}
            as open_to_first_review_hours,
        {{ hours_between('merged.first_review_at', 'approved.approved_at') }}
            as first_review_to_approval_hours,
        {{ hours_between('approved.approved_at', 'merged.merged_at') }}
            as approval_to_merge_hours,
        if(
            issues.is_delivered,
            {{ hours_between('merged.merged_at', 'issues.completed_at') }},
            null
        ) as merge_to_done_hours,
        {{ hours_between('issues.started_at', 'merged.merged_at') }}
            as start_to_merge_hours,

        -- timestamps
        issues.created_at,
        issues.started_at,
        merged.first_commit_at,
        merged.opened_at,
        merged.first_review_at,
        approved.approved_at,
        merged.merged_at,
        if(issues.is_delivered, issues.completed_at, null) as completed_at
    from issues
    inner join merged on issues.issue_id = merged.issue_id
    left join approved on issues.issue_id = approved.issue_id
    where not issues.is_deleted
)

select * from final

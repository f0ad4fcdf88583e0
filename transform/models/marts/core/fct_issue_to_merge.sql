with

issues as (
    select * from {{ ref('fct_issues') }}
),

pull_requests as (
    select * from {{ ref('fct_pull_requests') }}
    where state = 'merged'
),

links as (
    select * from {{ ref('bridge_issues_pull_requests') }}
),

-- An issue with several pull requests begins with the first of each step and
-- ends with the last.
merged as (
    select
        links.issue_id,
        count(*) as merged_pull_request_count,
        sum(pull_requests.changed_lines) as changed_lines,
        min(pull_requests.first_commit_at) as first_commit_at,
        min(pull_requests.created_at) as opened_at,
        min(pull_requests.first_review_at) as first_review_at,
        max(pull_requests.last_approval_at) as approved_at,
        max(pull_requests.merged_at) as merged_at
    from links
    inner join pull_requests
        on links.pull_request_id = pull_requests.pull_request_id
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
        {{ hours_between('merged.first_review_at', 'merged.approved_at') }}
            as first_review_to_approval_hours,
        {{ hours_between('merged.approved_at', 'merged.merged_at') }}
            as approval_to_merge_hours,
        {{ hours_between('merged.merged_at', 'issues.completed_at') }}
            as merge_to_done_hours,
        {{ hours_between('issues.started_at', 'merged.merged_at') }}
            as start_to_merge_hours,

        -- timestamps
        issues.created_at,
        issues.started_at,
        merged.first_commit_at,
        merged.opened_at,
        merged.first_review_at,
        merged.approved_at,
        merged.merged_at,
        if(issues.is_delivered, issues.completed_at, null) as completed_at
    from issues
    inner join merged on issues.issue_id = merged.issue_id
    where not issues.is_deleted
)

select * from final

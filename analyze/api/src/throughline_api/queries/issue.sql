select
    issues.issue_id,
    issues.identifier,
    issues.title,
    issues.url,
    issues.team_key,
    issues.state_name,
    issues.state_category,
    issues.assignee_name,
    issues.lead_time_hours,
    issues.cycle_time_hours,
    issues.reopen_count,
    issues.is_delivered,
    issues.is_stuck,
    issues.created_at,
    issues.started_at,
    issues.completed_at,
    steps.start_to_first_commit_hours,
    steps.first_commit_to_open_hours,
    steps.open_to_first_review_hours,
    steps.first_review_to_approval_hours,
    steps.approval_to_merge_hours,
    steps.merge_to_done_hours,
    steps.start_to_merge_hours,
    steps.first_commit_at,
    steps.opened_at,
    steps.first_review_at,
    steps.approved_at,
    steps.merged_at
from fct_issues as issues
left join fct_issue_to_merge as steps
    on issues.issue_id = steps.issue_id
where
    (issues.issue_id = @id or upper(issues.identifier) = upper(@id))
    and not issues.is_deleted
order by if(issues.issue_id = @id, 0, 1)
limit 1

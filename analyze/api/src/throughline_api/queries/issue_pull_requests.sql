select
    concat(
        pulls.repository_name, '#', cast(pulls.pull_request_number as string)
    ) as reference,
    pulls.title,
    pulls.url,
    pulls.state,
    links.link_source,
    links.is_primary,
    pulls.is_revert,
    pulls.changed_lines,
    pulls.created_at as opened_at,
    pulls.first_review_at,
    pulls.last_approval_at,
    pulls.merged_at
from bridge_issues_pull_requests as links
inner join fct_pull_requests as pulls
    on links.pull_request_id = pulls.pull_request_id
where links.issue_id = @issue_id
order by pulls.created_at, pulls.pull_request_id
limit 200

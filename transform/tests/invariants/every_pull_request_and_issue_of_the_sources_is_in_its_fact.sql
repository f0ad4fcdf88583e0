select
    'pull_request' as entity,
    cast(raw.pull_request_id as string) as id
from {{ ref('stg_github__pull_requests') }} as raw
left join {{ ref('fct_pull_requests') }} as facts
    on raw.pull_request_id = facts.pull_request_id
where not raw.is_deleted and facts.pull_request_id is null

union all

select
    'issue' as entity,
    raw.issue_id as id
from {{ ref('stg_linear__issues') }} as raw
left join {{ ref('fct_issues') }} as facts on raw.issue_id = facts.issue_id
where facts.issue_id is null

select raw.issue_id
from {{ ref('stg_linear__issues') }} as raw
left join {{ ref('fct_issues') }} as facts on raw.issue_id = facts.issue_id
where facts.issue_id is null

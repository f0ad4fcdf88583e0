select raw.pull_request_id
from {{ ref('stg_github__pull_requests') }} as raw
left join {{ ref('fct_pull_requests') }} as facts
    on raw.pull_request_id = facts.pull_request_id
where not raw.is_deleted and facts.pull_request_id is null

select
    pull_request_id,
    countif(is_primary) as primary_count
from {{ ref('bridge_issues_pull_requests') }}
group by pull_request_id
having countif(is_primary) != 1

select
    pull_request_id,
    changed_lines,
    size_bucket
from {{ ref('fct_pull_requests') }}
where
    changed_lines is not null
    and (
        (size_bucket = 'XS' and changed_lines <= 10)
        or (size_bucket = 'S' and changed_lines between 11 and 50)
        or (size_bucket = 'M' and changed_lines between 51 and 250)
        or (size_bucket = 'L' and changed_lines between 251 and 1000)
        or (size_bucket = 'XL' and changed_lines > 1000)
    ) is not true

select
    state_name,
    state_category,
    direction,
    hours,
    entered_at,
    left_at
from fct_issue_state_spans
where issue_id = @issue_id
order by span_number

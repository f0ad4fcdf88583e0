{{ config(severity='warn') }}

-- Of the last two days: an older one was reported when it happened.
select
    run_id,
    environment,
    source,
    row_count,
    expected_row_count
from {{ ref('fct_runs') }}
where
    is_volume_anomaly
    and started_at > timestamp_sub(current_timestamp(), interval 2 day)

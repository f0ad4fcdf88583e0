{{ config(severity='warn') }}

-- The account has another time zone than the var user_time_zone: the current
-- day and the weeks of the marts end at another moment than the person's.
select
    user_id,
    time_zone
from {{ ref('stg_google_health__users') }}
where not is_deleted and time_zone != '{{ user_time_zone() }}'

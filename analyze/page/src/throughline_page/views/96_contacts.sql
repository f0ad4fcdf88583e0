select
    cast(null as string) as team_key,
    contact_name,
    company_name,
    owner_email,
    url,
    bucket,
    last_touch_at,
    next_planned_at,
    days_since_last_touch,
    days_since_last_touch > 90 as is_cold,
    bucket = 'never' as is_untouched
from agg_contact_recency

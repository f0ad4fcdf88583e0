select
    cast(null as string) as team_key,
    week_start as day,
    pipeline_name,
    stage_name,
    stage_order,
    open_deals,
    amount,
    weighted_amount,
    created_deals,
    won_deals,
    closed_deals
from agg_pipeline_weekly

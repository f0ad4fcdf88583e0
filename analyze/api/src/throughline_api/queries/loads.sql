select
    source,
    max(last_good_run_at) as loaded_at
from ops.agg_source_freshness
group by source

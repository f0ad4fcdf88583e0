select
    source,
    last_outcome,
    last_good_run_at
from ops.agg_source_freshness
where source != 'models'

select
    built_model_count,
    failed_model_count,
    test_count,
    passed_test_count,
    warned_test_count,
    failed_test_count,
    started_at
from ops.agg_build_results
where is_last

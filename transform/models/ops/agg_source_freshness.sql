with

runs as (
    select
        *,
        -- A backfill and a reconcile do not read what is new.
        if(
            outcome = 'success'
            and job not in ('backfill', 'reconcile'),
            started_at,
            null
        ) as good_run_at
    from {{ ref('fct_runs') }}
),

final as (
    select
        -- strings
        environment,
        source,
        any_value(outcome having max started_at) as last_outcome,

        -- numerics
        timestamp_diff(
            current_timestamp(),
            max(good_run_at),
            second
        ) / 3600 as age_hours,
        countif(outcome in ('failed', 'killed')) as failed_run_count,
        count(good_run_at) as good_run_count,

        -- timestamps
        max(good_run_at) as last_good_run_at,
        max(started_at) as last_run_at
    from runs
    group by environment, source
)

select * from final

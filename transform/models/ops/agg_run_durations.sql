with

runs as (
    select * from {{ ref('fct_runs') }}
),

final as (
    select
        -- strings
        environment,
        source,
        job,

        -- numerics
        count(*) as run_count,
        countif(outcome = 'success') as good_run_count,
        avg(duration_seconds) as average_seconds,
        max(duration_seconds) as longest_seconds,
        sum(row_count) as row_count,
        sum(request_count) as request_count,
        sum(point_count) as point_count,
        sum(byte_count) as byte_count,

        -- dates
        {{ local_date('started_at') }} as started_on
    from runs
    group by environment, source, job, started_on
)

select * from final

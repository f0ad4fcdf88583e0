with

runs as (
    select * from {{ ref('stg_ops__runs') }}
),

-- A full refresh reads everything, and a failed run reads less: neither says
-- how much a usual run reads.
usual as (
    select
        run_id,
        avg(row_count) over (
            partition by environment, source, shard, job
            order by started_at
            rows between 14 preceding and 1 preceding
        ) as expected_row_count,
        count(*) over (
            partition by environment, source, shard, job
            order by started_at
            rows between 14 preceding and 1 preceding
        ) as earlier_run_count
    from runs
    where
        outcome = 'success'
        and not is_full_refresh
        and row_count is not null
),

final as (
    select
        -- ids
        runs.run_id,

        -- strings
        runs.job,
        runs.environment,
        runs.source,
        runs.shard,
        runs.machine,
        runs.version,
        runs.outcome,
        runs.error,
        runs.attention,

        -- numerics
        runs.exit_code,
        runs.duration_seconds,
        runs.row_count,
        runs.request_count,
        runs.point_count,
        runs.byte_count,
        usual.expected_row_count,

        -- booleans
        runs.is_full_refresh,
        coalesce(
            usual.earlier_run_count >= {{ var('anomaly_runs') }}
            and (
                runs.row_count
                > usual.expected_row_count * {{ var('anomaly_factor') }}
                or runs.row_count * {{ var('anomaly_factor') }}
                < usual.expected_row_count
            ),
            false
        ) as is_volume_anomaly,

        -- timestamps
        runs.started_at,
        runs.ended_at
    from runs
    left join usual on runs.run_id = usual.run_id
)

select * from final

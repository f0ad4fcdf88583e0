with

runs as (
    select * from {{ ref('fct_runs') }}
    where source = 'models'
),

nodes as (
    select * from {{ ref('stg_ops__models') }}
),

counted as (
    select
        run_id,
        countif(kind = 'model' and status = 'success') as built_model_count,
        countif(kind = 'model' and status not in ('success', 'skipped'))
            as failed_model_count,
        countif(kind in ('test', 'unit_test')) as test_count,
        countif(kind in ('test', 'unit_test') and status = 'pass')
            as passed_test_count,
        countif(kind in ('test', 'unit_test') and status = 'warn')
            as warned_test_count,
        countif(kind in ('test', 'unit_test') and status in ('fail', 'error'))
            as failed_test_count,
        countif(status = 'skipped') as skipped_count
    from nodes
    group by run_id
),

final as (
    select
        -- ids
        runs.run_id,

        -- strings
        runs.environment,
        runs.outcome,

        -- numerics
        counted.built_model_count,
        counted.failed_model_count,
        counted.test_count,
        counted.passed_test_count,
        counted.warned_test_count,
        counted.failed_test_count,
        counted.skipped_count,

        -- booleans
        row_number() over (
            partition by runs.environment
            order by runs.started_at desc, runs.run_id asc
        ) = 1 as is_last,

        -- timestamps
        runs.started_at,
        runs.ended_at
    from runs
    inner join counted on runs.run_id = counted.run_id
)

select * from final

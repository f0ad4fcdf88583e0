with

raw as (
    {{ read_raw('ops', 'runs') }}
),

sequenced as (
    select
        *,
        lead(started_at) over (
            partition by environment, source, shard
            order by started_at, run_id
        ) as next_started_at
    from raw
),

renamed as (
    select
        -- ids
        run_id,

        -- strings
        job,
        environment,
        source,
        shard,
        machine,
        version,
        -- A run that reported no end is over when the next one has started, or
        -- after a day: no job runs for longer.
        if(
            outcome = 'running'
            and (
                next_started_at is not null
                or started_at
                < timestamp_sub(current_timestamp(), interval 1 day)
            ),
            'killed',
            outcome
        ) as outcome,
        error,
        attention,

        -- numerics
        exit_code,
        duration_seconds,
        row_count,
        request_count,
        point_count,
        byte_count,

        -- booleans
        coalesce(is_full_refresh, false) as is_full_refresh,

        -- timestamps
        started_at,
        ended_at
    from sequenced
)

select * from renamed

with

raw as (
    {{ read_raw('ops', 'models') }}
),

renamed as (
    select
        -- ids
        run_id,
        node_id,

        -- strings
        environment,
        kind,
        name as node_name,
        status,
        message,

        -- numerics
        duration_seconds,
        row_count,
        byte_count,

        -- timestamps
        started_at
    from raw
)

select * from renamed

with

cycles as (
    select * from {{ ref('stg_linear__cycles') }}
),

teams as (
    select * from {{ ref('stg_linear__teams') }}
),

final as (
    select
        -- ids
        cycles.cycle_id,
        cycles.team_id,

        -- strings
        teams.team_key,
        teams.team_name,
        coalesce(
            cycles.cycle_name, 'Cycle ' || cast(cycles.cycle_number as string)
        ) as cycle_name,

        -- numerics
        cycles.cycle_number,

        -- booleans
        cycles.is_archived,
        cycles.is_deleted,

        -- timestamps
        cycles.starts_at,
        cycles.ends_at,
        cycles.completed_at
    from cycles
    left join teams on cycles.team_id = teams.team_id
)

select * from final

with

habits as (
    select * from {{ ref('int_habits_defined') }}
),

final as (
    select
        -- ids
        habit_id,
        data_source_id,
        property_id,

        -- strings
        habit_name,
        period,
        kind,
        direction,
        category,
        source,

        -- numerics
        threshold,
        target_rate,

        -- dates
        active_from,
        active_to
    from habits
)

select * from final

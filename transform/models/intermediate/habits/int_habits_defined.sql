with

declared as (
    select * from {{ ref('int_habits_declared') }}
),

-- The other rows of the seed are excused days.
overrides as (
    select * from {{ ref('habits') }}
    where excused_from is null
),

overridden as (
    select
        declared.habit_id,
        declared.data_source_id,
        declared.property_id,
        coalesce(overrides.habit_name, declared.habit_name) as habit_name,
        coalesce(overrides.period, declared.period) as period,
        coalesce(overrides.kind, declared.kind) as kind,
        coalesce(overrides.direction, declared.direction, 'at_least')
            as direction,
        coalesce(overrides.category, declared.category) as category,
        declared.source,
        -- Without a threshold, a checkbox "at most" is one to leave alone.
        coalesce(
            overrides.threshold,
            if(
                coalesce(overrides.kind, declared.kind) = 'tick'
                and coalesce(overrides.direction, declared.direction)
                = 'at_most'
                and not coalesce(declared.has_own_threshold, false),
                0,
                declared.threshold
            )
        ) as threshold,
        coalesce(overrides.target_rate, declared.target_rate) as target_rate,
        coalesce(overrides.active_from, declared.active_from) as active_from,
        coalesce(overrides.active_to, declared.active_to) as active_to
    from declared
    left join overrides on declared.habit_id = overrides.habit_id
),

final as (
    select * from overridden
    where kind = 'tick' or (kind = 'number' and threshold is not null)
)

select * from final

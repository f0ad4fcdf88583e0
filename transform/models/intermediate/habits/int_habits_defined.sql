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
        coalesce(overrides.direction, 'at_least') as direction,
        overrides.category,
        declared.source,
        -- Without a threshold, a checkbox "at most" is one to leave alone.
        coalesce(
            overrides.threshold,
            if(
                coalesce(overrides.kind, declared.kind) = 'tick'
                and overrides.direction = 'at_most',
                0,
                declared.threshold
            )
        ) as threshold,
        overrides.target_rate,
        overrides.active_from,
        overrides.active_to
    from declared
    left join overrides on declared.habit_id = overrides.habit_id
),

final as (
    select * from overridden
    where kind = 'tick' or (kind = 'number' and threshold is not null)
)

select * from final

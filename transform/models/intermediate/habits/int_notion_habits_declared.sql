{{ config(enabled=source_is_active('notion')) }}

-- Every checkbox of a data source is a habit, and so is every number for which
-- the seed or the reference data source has a threshold.
with

properties as (
    select * from {{ ref('int_notion_properties_unnested') }}
    where
        not {{ is_habit_reference('data_source_id', 'data_source_title') }}
),

referenced as (
    select * from {{ ref('int_notion_habits_referenced') }}
),

habits as (
    select
        *,
        if(property_type = 'checkbox', 'tick', 'number') as declared_kind
    from properties
    where
        property_type in ('checkbox', 'number')
        and lower(trim(property_name)) != 'excused'
),

final as (
    select
        {{ notion_habit_id('habits.data_source_id', 'habits.property_id') }}
            as habit_id,
        habits.data_source_id,
        habits.property_id,
        habits.property_name as habit_name,
        coalesce(referenced.period, 'day') as period,
        coalesce(referenced.kind, habits.declared_kind) as kind,
        referenced.direction,
        referenced.category,
        'Notion' as source,  -- noqa: RF04
        coalesce(
            referenced.threshold,
            cast(if(habits.property_type = 'checkbox', 1, null) as float64)
        ) as threshold,
        referenced.threshold is not null as has_own_threshold,
        referenced.target_rate,
        referenced.active_from,
        referenced.active_to
    from habits
    left join
        referenced
        on lower(trim(habits.property_name)) = referenced.habit_key
)

select * from final

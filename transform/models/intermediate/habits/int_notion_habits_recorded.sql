{{ config(enabled=source_is_active('notion')) }}

with

habits as (
    select * from {{ ref('int_habits_defined') }}
    where source = 'Notion'
),

pages as (
    select * from {{ ref('int_notion_pages_dated') }}
    where page_day is not null
),

properties as (
    select * from {{ ref('stg_notion__page_properties') }}
    where not is_deleted
),

excused as (
    select distinct
        pages.data_source_id,
        pages.page_day
    from properties
    inner join pages on properties.page_id = pages.page_id
    where
        lower(trim(properties.property_name)) = 'excused'
        and properties.value_boolean
),

recorded as (
    select
        habits.habit_id,
        habits.data_source_id,
        habits.direction,
        pages.page_day,
        case
            when habits.kind = 'number' then properties.value_number
            when properties.value_boolean then 1.0
            when not properties.value_boolean then 0.0
        end as value
    from properties
    inner join pages on properties.page_id = pages.page_id
    inner join habits
        on
            pages.data_source_id = habits.data_source_id
            and properties.property_id = habits.property_id
),

-- Several pages on one day: the best value counts, so that the habit is done if
-- it is done on any of them.
final as (
    select
        recorded.habit_id,
        if(
            recorded.direction = 'at_most',
            min(recorded.value),
            max(recorded.value)
        ) as value,
        excused.page_day is not null as is_excused,
        recorded.page_day as day
    from recorded
    left join excused
        on
            recorded.data_source_id = excused.data_source_id
            and recorded.page_day = excused.page_day
    group by
        recorded.habit_id,
        recorded.direction,
        recorded.page_day,
        excused.page_day
)

select * from final

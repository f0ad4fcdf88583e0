{{ config(enabled=source_is_active('notion')) }}

-- Every checkbox of a data source is a habit, and so is every number for which
-- the seed has a threshold.
with

properties as (
    select * from {{ ref('int_notion_properties_unnested') }}
),

final as (
    select
        {{ notion_habit_id('data_source_id', 'property_id') }} as habit_id,
        data_source_id,
        property_id,
        property_name as habit_name,
        'day' as period,
        if(property_type = 'checkbox', 'tick', 'number') as kind,
        'Notion' as source,  -- noqa: RF04
        cast(if(property_type = 'checkbox', 1, null) as float64) as threshold
    from properties
    where
        property_type in ('checkbox', 'number')
        and lower(trim(property_name)) != 'excused'
)

select * from final

with

-- Every checkbox of a data source is a habit, and so is every number for which the
-- seed has a threshold.
declared as (
    {%- if source_is_active('notion') %}
    select
        {{ notion_habit_id('data_source_id', 'property_id') }} as habit_id,
        data_source_id,
        property_id,
        property_name as habit_name,
        'day' as period,
        if(property_type = 'checkbox', 'tick', 'number') as kind,
        cast(if(property_type = 'checkbox', 1, null) as float64) as threshold,
        'Notion' as source
    from {{ ref('int_notion_properties_unnested') }}
    where
        property_type in ('checkbox', 'number')
        and lower(trim(property_name)) != 'excused'
    {%- endif %}
    {%- set others = [] %}
    {%- for habit_id, name, period, threshold, source in others %}
    {{ "union all" if source_is_active('notion') or not loop.first }}
    select
        '{{ habit_id }}' as habit_id,
        cast(null as string) as data_source_id,
        cast(null as string) as property_id,
        '{{ name }}' as habit_name,
        '{{ period }}' as period,
        'number' as kind,
        cast({{ threshold }} as float64) as threshold,
        '{{ source }}' as source
    {%- endfor %}
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
        coalesce(overrides.threshold, declared.threshold) as threshold,
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

{%- set others = [] -%}
{%- if source_is_active('google_health') %}
    {%- do others.append(
        ('google_health:sleep', 'Slept enough', 'day',
        var('enough_sleep_minutes'), 'Google Health')
    ) %}
    {%- do others.append(
        ('google_health:steps', 'Steps', 'day', var('enough_steps'),
        'Google Health')
    ) %}
{%- endif %}
{%- if source_is_active('hubspot') %}
    {%- do others.append(
        ('hubspot:met_one_person', 'Met one person', 'week',
        var('enough_meetings'), 'HubSpot')
    ) %}
    {%- do others.append(
        ('hubspot:met_a_group', 'Met a group', 'week', var('enough_meetings'),
        'HubSpot')
    ) %}
{%- endif %}
{%- if source_is_active('notion') %}
    select
        habit_id,
        data_source_id,
        property_id,
        habit_name,
        period,
        kind,
        direction,
        category,
        source,
        threshold,
        has_own_threshold,
        target_rate,
        active_from,
        active_to
    from {{ ref('int_notion_habits_declared') }}
    {{ "union all" if others }}
{%- endif %}
{%- for habit_id, name, period, threshold, source in others %}
    select
        '{{ habit_id }}' as habit_id,
        cast(null as string) as data_source_id,
        cast(null as string) as property_id,
        '{{ name }}' as habit_name,
        '{{ period }}' as period,
        'number' as kind,
        cast(null as string) as direction,
        cast(null as string) as category,
        '{{ source }}' as source,  -- noqa: RF04
        cast({{ threshold }} as float64) as threshold,
        false as has_own_threshold,
        cast(null as float64) as target_rate,
        cast(null as date) as active_from,
        cast(null as date) as active_to
    {{ "union all" if not loop.last }}
{%- endfor %}

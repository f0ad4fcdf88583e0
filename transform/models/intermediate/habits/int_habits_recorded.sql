{%- set parts = [] -%}
{%- if source_is_active('notion') -%}
    {%- do parts.append(ref('int_notion_habits_recorded')) -%}
{%- endif -%}
{%- if source_is_active('hubspot') -%}
    {%- do parts.append(ref('int_meeting_habits_recorded')) -%}
{%- endif -%}
{%- if source_is_active('google_health') -%}
    {%- do parts.append(ref('int_health_habits_recorded')) -%}
{%- endif -%}
{%- for part in parts %}
    {{ "union all" if not loop.first }}
    select
        habit_id,
        value,
        is_excused,
        day
    from {{ part }}
{%- endfor %}

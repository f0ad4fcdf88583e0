{#- The ID of a habit that is a property of a data source in Notion.

    Args:
        data_source_id: a string expression.
        property_id: a string expression.

    Returns: a string expression. A property keeps its ID when it is renamed.
-#}
{% macro notion_habit_id(data_source_id, property_id) -%}
    concat({{ data_source_id }}, ':', {{ property_id }})
{%- endmacro %}

{#- Whether a data source is the one whose pages describe habits: its ID, with or without
    hyphens, or its title, in any case, is the var `habit_reference`.

    Args:
        data_source_id: a string expression.
        title: a string expression, which may be null.

    Returns: a boolean expression; false without the var.
-#}
{% macro is_habit_reference(data_source_id, title) -%}
    {%- set name = (var('habit_reference') or '') | trim | lower -%}
    {%- if name -%}
        {%- set literal = "'" ~ name | replace("\\", "\\\\") | replace("'", "\\'") ~ "'" -%}
        (
            {{ literal }} in (
                lower(trim(coalesce({{ title }}, ''))),
                {{ data_source_id }},
                replace({{ data_source_id }}, '-', '')
            )
        )
    {%- else -%}
        false
    {%- endif -%}
{%- endmacro %}

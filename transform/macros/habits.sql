{#- The ID of a habit that is a property of a data source in Notion.

    Args:
        data_source_id: a string expression.
        property_id: a string expression.

    Returns: a string expression. A property keeps its ID when it is renamed.
-#}
{% macro notion_habit_id(data_source_id, property_id) -%}
    concat({{ data_source_id }}, ':', {{ property_id }})
{%- endmacro %}

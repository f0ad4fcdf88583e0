{#- The dataset of a node is the one that dbt_project.yml names, word for
    word: every environment names its own datasets, so dbt adds no prefix.

    Args:
        custom_schema_name: the node's `schema` config, or none.
        node: the node.

    Returns: a dataset's name.
-#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{- (custom_schema_name or target.schema) | trim -}}
{%- endmacro %}

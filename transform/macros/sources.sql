{#- Whether the models of a source are built.

    Args:
        source_name: a name in sources.toml.

    Returns: true or false. The launcher leaves the variable of the dataset empty
        if the source is not configured; a model that reads several sources leaves
        this one out then.
-#}
{% macro source_is_active(source_name) -%}
    {{ return(env_var('DBT_BIGQUERY_' ~ source_name | upper ~ '_DATASET', '') != '') }}
{%- endmacro %}

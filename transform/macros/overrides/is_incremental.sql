{#- Whether this run updates the model's existing table, as in dbt's own macro.
    With the var `offline` it is true, so that the incremental SQL is checked.

    Returns: a bool.
-#}
{% macro is_incremental() -%}
    {{ return(var('offline') or dbt.is_incremental()) }}
{%- endmacro %}

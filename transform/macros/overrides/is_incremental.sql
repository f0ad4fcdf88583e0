{#- Whether the model adds to its table, as dbt's own macro of this name tells;
    with the var `offline` the incremental SQL is what is looked at.

    Returns: a bool.
-#}
{% macro is_incremental() -%}
    {{ return(var('offline') or dbt.is_incremental()) }}
{%- endmacro %}

{#- The newest load of a raw table, for `dbt source freshness`.

    One log line per table says how old it is. A table that does not exist (its
    stream is deselected or was never read), or that has no rows, has no age:
    dbt gets the current moment, so that only tables with rows can be too old.

    Args:
        source: the raw table.
        loaded_at_field: the column with the time of the load.
        filter: a condition on the rows, or none.

    Returns: dbt's result of the statement, one row with `max_loaded_at` and
        `snapshotted_at`. They are equal for a table without rows.
-#}
{% macro bigquery__collect_freshness(source, loaded_at_field, filter) -%}
    {%- set exists = _table_exists(source) -%}
    {%- call statement('collect_freshness', fetch_result=True, auto_begin=False) -%}
        {%- if exists %}
        select
            coalesce(max({{ loaded_at_field }}), {{ current_timestamp() }})
                as max_loaded_at,
            {{ current_timestamp() }} as snapshotted_at
        from {{ source }}
        {%- if filter %}
        where {{ filter }}
        {%- endif %}
        {%- else %}
        select
            {{ current_timestamp() }} as max_loaded_at,
            {{ current_timestamp() }} as snapshotted_at
        {%- endif %}
    {%- endcall -%}
    {%- set result = load_result('collect_freshness') -%}
    {%- set newest_at, now = result.table.rows[0].values() -%}
    {%- do log(
        source.schema ~ '.' ~ source.identifier ~ (
            ' does not exist: its age is not checked' if not exists
            else ' has no rows: its age is not checked' if newest_at == now
            else ': last load %.1f hours ago' | format(
                (now - newest_at).total_seconds() / 3600
            )
        ),
        info=true
    ) -%}
    {{ return(result) }}
{%- endmacro %}

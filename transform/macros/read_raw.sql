{#- Reads a raw table as the source file declares it, whatever of it exists.

    A table that is missing (its source was never run, its stream is
    deselected) reads as an empty relation with the declared columns; a column
    that is missing reads as null. One row per key is kept: where a target
    appended several, the one with the newest `_sdc_batched_at`, then with the
    highest `_sdc_sequence`.

    Args:
        source_name: `linear` or `github`.
        table_name: the stream's name.

    Returns: a select of every declared column, in the declared order, in backticks:
        a column can be named like a keyword. The key
        is `meta.key` of the source table, a list of columns.
-#}
{% macro read_raw(source_name, table_name) -%}
    {%- set relation = source(source_name, table_name) -%}
    {%- if execute -%}
        {%- set declared = _declared_source(source_name, table_name) -%}
        {%- set present = _present_columns(relation, declared) -%}
        select
        {%- for column in declared.columns.values() %}
        {%- if column.name in present %}
            `{{ column.name }}`
        {%- else %}
            {{ typed_null(column.data_type) }} as `{{ column.name }}`
        {%- endif -%}
        {{ "," if not loop.last }}
        {%- endfor %}
        {%- if not present %}
        from unnest(array<int64>[])
        {%- else %}
        from {{ relation }}
        {%- set key = declared.config.meta.key | select('in', present) | list %}
        {%- if key %}
        {#- A batch can hold several versions of a row: the sequence decides. #}
        {%- set newest_first = [] %}
        {%- for column in ['_sdc_batched_at', '_sdc_sequence'] if column in present %}
            {%- do newest_first.append(column ~ ' desc') %}
        {%- endfor %}
        {%- do newest_first.append('`' ~ key[0] ~ '`') if not newest_first %}
        qualify
            row_number() over (
                partition by `{{ key | join('`, `') }}`
                order by {{ newest_first | join(', ') }}
            ) = 1
        {%- endif %}
        {%- endif %}
    {%- else -%}
        select 1 as placeholder from {{ relation }}
    {%- endif -%}
{%- endmacro %}


{#- A null of a type, as a column of that type.

    Args:
        data_type: a BigQuery type, as in `timestamp` or `array<string>`.

    Returns: an expression. An array can not be null in BigQuery's tables: the
        empty array stands for it.
-#}
{% macro typed_null(data_type) -%}
    {%- if data_type | lower | truncate(6, true, '') == 'array<' -%}
        {{ data_type }}[]
    {%- else -%}
        cast(null as {{ data_type }})
    {%- endif -%}
{%- endmacro %}


{#- The source node of a table, with its columns and their types. -#}
{% macro _declared_source(source_name, table_name) -%}
    {%- set found = graph.sources.values()
        | selectattr('source_name', 'equalto', source_name)
        | selectattr('name', 'equalto', table_name)
        | list -%}
    {{ return(found | first) }}
{%- endmacro %}


{#- Whether a raw table exists; yes with the var `offline`. -#}
{% macro _table_exists(relation) -%}
    {{ return(
        var('offline')
        or adapter.get_relation(
            relation.database, relation.schema, relation.identifier
        ) is not none
    ) }}
{%- endmacro %}


{#- Names of the columns that the table has, in lower case; none without it. -#}
{% macro _present_columns(relation, declared) -%}
    {%- if var('offline') -%}
        {{ return(declared.columns.keys() | list) }}
    {%- endif -%}
    {%- set table = adapter.get_relation(
        relation.database, relation.schema, relation.identifier
    ) -%}
    {%- if table is none -%}
        {{ return([]) }}
    {%- endif -%}
    {%- set names = [] -%}
    {%- for column in adapter.get_columns_in_relation(table) -%}
        {%- do names.append(column.name | lower) -%}
    {%- endfor -%}
    {{ return(names) }}
{%- endmacro %}

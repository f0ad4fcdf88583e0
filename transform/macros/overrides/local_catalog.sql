{#- The catalog query of `dbt docs generate`, for the local BigQuery.

    dbt-bigquery asks `__TABLES__`, which the emulator does not have; its
    INFORMATION_SCHEMA says the same but for sizes. On BigQuery itself dbt's own
    query runs.

    Args:
        information_schema: the dataset's INFORMATION_SCHEMA.
        relations: the relations to describe.

    Returns: dbt's catalog table, one row per column.
-#}
{% macro bigquery__get_catalog_relations(information_schema, relations) -%}
    {%- if target.name != 'demo' -%}
        {{ return(dbt_bigquery.bigquery__get_catalog_relations(
            information_schema, relations
        )) }}
    {%- endif -%}
    {{ return(_local_catalog(
        information_schema, relations | map(attribute='identifier') | list
    )) }}
{%- endmacro %}

{% macro bigquery__get_catalog(information_schema, schemas) -%}
    {%- if target.name != 'demo' -%}
        {{ return(dbt_bigquery.bigquery__get_catalog(
            information_schema, schemas
        )) }}
    {%- endif -%}
    {{ return(_local_catalog(information_schema, none)) }}
{%- endmacro %}

{% macro _local_catalog(information_schema, identifiers) -%}
    {%- set query -%}
        select
            columns.table_catalog as table_database,
            columns.table_schema,
            columns.table_name,
            case tables.table_type
                when 'VIEW' then 'view'
                else 'table'
            end as table_type,
            cast(null as string) as table_comment,
            cast(null as string) as table_owner,
            columns.column_name,
            columns.ordinal_position as column_index,
            columns.data_type as column_type,
            cast(null as string) as column_comment
        from {{ information_schema.replace(
            information_schema_view='COLUMNS'
        ) }} as columns
        inner join {{ information_schema.replace(
            information_schema_view='TABLES'
        ) }} as tables
            on columns.table_name = tables.table_name
        {%- if identifiers %}
        where columns.table_name in ('{{ identifiers | join("', '") }}')
        {%- endif %}
    {%- endset -%}
    {{ return(run_query(query)) }}
{%- endmacro %}

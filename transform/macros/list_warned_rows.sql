{#- Lists the rows that tests warned about or failed for, at the end of a run.

    A test about the source's own data only warns, so that odd rows stop no
    model. dbt itself prints how many there are, not which.

    Args:
        results: dbt's results of the run (the variable of `on-run-end`).
        limit: how many rows of each test to list.

    Returns: nothing; the rows go to the log, one line each.
-#}
{% macro list_warned_rows(results, limit=20) -%}
    {%- if execute -%}
        {%- for result in results
            if result.status | string in ['warn', 'fail']
            and result.node.resource_type == 'test'
            and result.node.compiled_code %}
            {%- set rows = run_query(
                'select * from (' ~ result.node.compiled_code
                ~ '\n) as warned limit ' ~ limit
            ) -%}
            {%- do log(
                'Rows that ' ~ result.node.name ~ ' found ('
                ~ [limit, result.failures] | min ~ ' of ' ~ result.failures
                ~ '):', info=true
            ) -%}
            {%- for row in rows.rows %}
                {%- set values = [] -%}
                {%- for name in rows.column_names -%}
                    {%- do values.append(name ~ '=' ~ row[name]) -%}
                {%- endfor -%}
                {%- do log('  ' ~ values | join(', '), info=true) -%}
            {%- endfor %}
        {%- endfor %}
    {%- endif -%}
{%- endmacro %}

{#- A key of one column made from several.

    Args:
        columns: a list of columns or expressions.

    Returns: a string expression, 32 hexadecimal digits. A null and an empty
        string give different keys, and so do ('ab', 'c') and ('a', 'bc').
-#}
{% macro surrogate_key(columns) -%}
    to_hex(md5(to_json_string([
        {%- for column in columns %}
        cast({{ column }} as string){{ "," if not loop.last }}
        {%- endfor %}
    ])))
{%- endmacro %}


{#- Keeps the newest row of each key.

    Args:
        key: a list of columns.
        newest_by: the column by which a row is newer.

    Returns: a `qualify` clause.
-#}
{% macro newest_row_per_key(key, newest_by) -%}
    qualify
        row_number() over (
            partition by {{ key | join(', ') }}
            order by {{ newest_by }} desc
        ) = 1
{%- endmacro %}

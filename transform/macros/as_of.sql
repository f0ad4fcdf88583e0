{#- The moment up to which the tables tell: now, or the var `as_of`.

    Returns: a timestamp expression. With the var (`2024-06-30 12:00:00+00`) a
    build over the same rows gives the same tables on any day.
-#}
{% macro as_of() -%}
    {%- if var('as_of') -%}
        timestamp '{{ var("as_of") }}'
    {%- else -%}
        current_timestamp()
    {%- endif -%}
{%- endmacro %}

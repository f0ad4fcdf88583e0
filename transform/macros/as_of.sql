{#- The moment up to which the tables tell: now, or the var `as_of`.

    A row that changed later than now comes from a clock that runs ahead of
    BigQuery's, as the sandbox's does once its company has worked on: then the
    newest change is the moment, or what is known would be left out.

    Returns: a timestamp expression. With the var (`2024-06-30 12:00:00+00`) a
    build over the same rows gives the same tables on any day.
-#}
{% macro as_of() -%}
    {%- if var('as_of') -%}
        timestamp '{{ var("as_of") }}'
    {%- else -%}
        (
            select
                greatest(
                    current_timestamp(),
                    coalesce(max(changes.changed_at), current_timestamp())
                )
            from (
                select max(issues.updated_at) as changed_at
                from {{ ref('stg_linear__issues') }} as issues
                union all
                select max(pull_requests.updated_at) as changed_at
                from {{ ref('stg_github__pull_requests') }} as pull_requests
            ) as changes
        )
    {%- endif -%}
{%- endmacro %}

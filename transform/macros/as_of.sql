{#- The point in time that the tables describe: now, or the var `as_of`.

    A row that changed later than now comes from a clock that runs ahead of
    BigQuery's, for example the sandbox's after `make advance`. The point in time
    is then the newest change, so that no row lies in the future.

    Returns: a timestamp expression. With the var (`2024-06-30 12:00:00+00`), a
    build of the same rows gives the same tables on any day.
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

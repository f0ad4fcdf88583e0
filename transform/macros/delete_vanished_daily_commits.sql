{#- Removes the rows of fct_daily_commits that no commit belongs to any longer.

    MERGE only adds and replaces. A row is left over after a force-push, and when
    its commits have become another author's or another day's (the var
    `reporting_time_zone`).

    Returns: a DELETE statement, for a post-hook.
-#}
{% macro delete_vanished_daily_commits() -%}
    delete from {{ this }} as daily
    where not exists (
        select 1
        from {{ ref('int_commits_attributed') }} as commits
        where
            {{ local_date('commits.committed_at') }} = daily.commit_date
            and commits.repository_id = daily.repository_id
            and commits.author_key = daily.author_key
    )
{%- endmacro %}


{#- Whether a table has all of some columns, so that it can be compared.

    Args:
        relation: a relation that exists.
        columns: a list of names.

    Returns: a bool. With the var `offline` it is true.
-#}
{% macro has_columns(relation, columns) -%}
    {%- if var('offline') -%}
        {{ return(true) }}
    {%- endif -%}
    {%- set known = adapter.get_columns_in_relation(relation)
        | map(attribute='name') | map('lower') | list -%}
    {{ return(columns | reject('in', known) | list | length == 0) }}
{%- endmacro %}

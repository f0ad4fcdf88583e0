{#- Removes from fct_daily_commits the days whose commits are all gone.

    MERGE only adds and replaces: after a force-push the day of a commit that
    is no more would stay.

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

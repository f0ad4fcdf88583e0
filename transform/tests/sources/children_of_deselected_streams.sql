{{ config(severity='warn') }}

-- Children whose parents' table does not exist. This is correct if the
-- parents' stream is deselected. Otherwise the table was dropped, and every
-- mart that reads it is empty.
{%- set children = [
    ('linear', 'issues', 'issue_history'),
    ('linear', 'issues', 'issue_state_spans'),
    ('github', 'pull_requests', 'pr_commits'),
    ('github', 'pull_requests', 'pr_comments'),
    ('github', 'pull_requests', 'pr_events'),
    ('github', 'pull_requests', 'pr_files'),
    ('github', 'pull_requests', 'pr_issue_comments'),
    ('github', 'pull_requests', 'pr_reviews'),
] %}

with

counted as (
    {%- for source_name, parents, children_name in children %}
        {%- set parent_table = source(source_name, parents) %}
        {%- set child_table = source(source_name, children_name) %}
        select
            '{{ source_name }}.{{ children_name }}' as children,
            '{{ source_name }}.{{ parents }}' as missing_parents,
            {%- if execute and _table_exists(child_table)
                and not _table_exists(parent_table) %}
            (select count(*) from {{ child_table }}) as number_of_rows
            {%- else %}
                0 as number_of_rows
            {%- endif %}
        {{ "union all" if not loop.last }}
    {%- endfor %}
)

select * from counted
where number_of_rows > 0

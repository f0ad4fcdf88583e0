{#- Each row's parent is loaded.

    A tap writes a child only together with its parent. A child without one
    means that parents were lost: a table was dropped or restored, and the
    bookmark says that everything was read.

    Args:
        model: the staging model of the children.
        column: the column that names the parent.
        parent: the parents' staging model (write `ref('…')`).
        field: the parents' key.
        parent_table: the parents' raw table (write `source('…', '…')`). If it
            does not exist, its stream is deselected and this test passes; the
            test children_of_deselected_streams warns about that case.
-#}
{% test parent_is_loaded(model, column, parent, field, parent_table) %}

{{ config(severity='error') }}

select
    child.{{ column }},
    count(*) as number_of_rows
from {{ model }} as child
left join {{ parent }} as parent
    on child.{{ column }} = parent.{{ field }}
where
    parent.{{ field }} is null
    {%- if execute and not _table_exists(parent_table) %}
    and false
    {%- endif %}
group by child.{{ column }}

{% endtest %}

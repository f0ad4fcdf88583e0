{#- Each reference finds its row, or is null.

    Args:
        model: the relation.
        to: a list of `{column, model, field}`: every value of `column` is a
            value of `field` in `model` (a relation: write `ref('…')`); with
            `where`, only in the rows for which that is true. A `model` that is
            empty proves nothing: its stream may be deselected.

    It warns, because a source names rows that the credential may not see.
-#}
{% test references(model, to) %}

{{ config(severity='warn') }}

{% for reference in to %}
select
    '{{ reference.column }}' as column_name,
    cast(child.{{ reference.column }} as string) as value,
    count(*) as number_of_rows
from {{ model }} as child
left join {{ reference.model }} as parent
    on child.{{ reference.column }} = parent.{{ reference.field }}
where
    child.{{ reference.column }} is not null
    and parent.{{ reference.field }} is null
    and exists (select 1 from {{ reference.model }})
    {%- if reference.where %}
    and ({{ reference.where }})
    {%- endif %}
group by child.{{ reference.column }}
{{ "union all" if not loop.last }}
{% endfor %}

{% endtest %}

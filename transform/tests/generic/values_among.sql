{#- Each value is one of those that are allowed, or is null.

    Args:
        model: the relation.
        of: a mapping from a column to the list of its values.

    It warns by default, because a source may have a new value. If the model
    itself chooses the value, set `severity: error`.
-#}
{% test values_among(model, of) %}

{{ config(severity='warn') }}

{% for column, values in of.items() %}
select
    '{{ column }}' as column_name,
    cast({{ column }} as string) as value,
    count(*) as number_of_rows
from {{ model }}
where {{ column }} not in ('{{ values | join("', '") }}')
group by {{ column }}
{{ "union all" if not loop.last }}
{% endfor %}

{% endtest %}

{#- Each value is one of those that are allowed, or is null.

    Args:
        model: the relation.
        of: a mapping from a column to the list of its values.
-#}
{% test values_among(model, of) %}

{% for column, values in of.items() %}
select
    '{{ column }}' as column_name,
    cast({{ column }} as string) as value
from {{ model }}
where {{ column }} not in ('{{ values | join("', '") }}')
{{ "union all" if not loop.last }}
{% endfor %}

{% endtest %}

{#- The columns are a key: none is null, and no two rows have the same values.

    Args:
        model: the relation.
        columns: a list of columns.
-#}
{% test key(model, columns) %}

select
    {{ columns | join(',\n    ') }},
    count(*) as number_of_rows
from {{ model }}
group by {{ columns | join(', ') }}
having
    count(*) > 1
    {%- for column in columns %}
    or {{ column }} is null
    {%- endfor %}

{% endtest %}

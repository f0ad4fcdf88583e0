{#- Each expression is true of every row (null counts as true).

    Args:
        model: the relation.
        are_true: a list of bool expressions over the model's columns.

    It fails by default, because the model computes the compared values. If
    they are the source's own values, set `severity: warn`.
-#}
{% test expressions(model, are_true) %}

{% for expression in are_true %}
select
    {{ dbt.string_literal(expression | replace("'", '"')) }} as broken,
    count(*) as number_of_rows
from {{ model }}
where not ({{ expression }})
having count(*) > 0
{{ "union all" if not loop.last }}
{% endfor %}

{% endtest %}

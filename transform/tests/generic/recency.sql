{#- The newest row is not older than the given number of days; an empty relation passes.

    Args:
        model: the relation.
        column: a timestamp column.
        days: how old the newest may be.
-#}
{% test recency(model, column, days) %}

select max({{ column }}) as newest
from {{ model }}
having max({{ column }}) < timestamp_sub(current_timestamp(), interval {{ days }} day)

{% endtest %}

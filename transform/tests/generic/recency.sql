{#- The newest row is at most `days` days old; an empty relation passes.

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

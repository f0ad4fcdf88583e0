{#- Each value lies in its range, or is null.

    Args:
        model: the relation.
        of: a list of `{columns, min, max}`; `min` is 0 and `max` is unbounded
            where they are left out.
        names: columns that name a row in the list of faults.

    It fails by default, because the model computes the value. If it is the
    source's own value, set `severity: warn`.
-#}
{% test ranges(model, of, names=[]) %}

{% set rows = [] %}
{% for range in of %}
    {% for column in range.columns %}
        {% do rows.append((column, range.get('min', 0), range.max)) %}
    {% endfor %}
{% endfor %}
{% for column, min, max in rows %}
select
    {%- for name in names %}
    {{ name }},
    {%- endfor %}
    '{{ column }}' as column_name,
    cast({{ column }} as string) as value
from {{ model }}
where {{ column }} < {{ min }}{{ " or " ~ column ~ " > " ~ max if max is not none and max is defined }}
{{ "union all" if not loop.last }}
{% endfor %}

{% endtest %}

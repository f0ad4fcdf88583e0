{#- An exact percentile of each group, on every row of the group.

    Args:
        value: a numeric expression; nulls do not count.
        share: which percentile, 0.5 for the median.
        by: a list of columns that name the group.

    Returns: a float64 window expression; null for a group without values. Take
        max() of it when the group becomes one row.
-#}
{% macro percentile(value, share, by) -%}
    percentile_cont({{ value }}, {{ share }}) over (
        partition by {{ by | join(', ') }}
    )
{%- endmacro %}


{#- The Gini coefficient of a group: 0 where all have the same.

    Args:
        value: a numeric expression, not negative.
        rank: the row's rank in its group, 1 for the smallest value.

    Returns: an aggregate float64 expression, 0 to 1: for x1 <= ... <= xn the
        sum of (2i - n - 1) * xi, divided by n times the sum of x. Null where
        the sum is 0.
-#}
{% macro gini(value, rank) -%}
    safe_divide(
        2 * sum({{ rank }} * {{ value }})
        - (count({{ value }}) + 1) * sum({{ value }}),
        count({{ value }}) * sum({{ value }})
    )
{%- endmacro %}


{#- The bus factor: the fewest members of a group who hold half of the total.

    Args:
        value: a numeric expression.
        before: the sum of all larger values of the group (descending running
            total without the row itself).
        total: the sum of the group, on each row.

    Returns: an aggregate int64 expression.
-#}
{% macro bus_factor(value, before, total) -%}
    countif({{ value }} > 0 and {{ before }} < {{ total }} / 2)
{%- endmacro %}

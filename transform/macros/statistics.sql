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


{#- The median and the 85th percentile of measures, on every row of the group.

    Args:
        measures: a list of numeric columns.
        by: a list of columns that name the group.

    Returns: columns `p50_<measure>` and `p85_<measure>`, with commas between
        them and none at the end.
-#}
{% macro percentile_columns(measures, by) -%}
    {%- for measure in measures %}
        {{ percentile(measure, 0.5, by) }} as p50_{{ measure }},
        {{ percentile(measure, 0.85, by) }} as p85_{{ measure }}
        {{- "," if not loop.last }}
    {%- endfor %}
{%- endmacro %}


{#- The figures of measures per group, over rows with `percentile_columns`.

    Args:
        measures: the same list of numeric columns.

    Returns: aggregate columns `avg_<measure>`, `p50_<measure>`,
        `p85_<measure>` and the number of rows that these are based on
        (`count_name`), with commas between them and none at the end.
-#}
{% macro summary_columns(measures) -%}
    {%- for measure in measures %}
        avg({{ measure }}) as avg_{{ measure }},
        max(p50_{{ measure }}) as p50_{{ measure }},
        max(p85_{{ measure }}) as p85_{{ measure }},
        count({{ measure }}) as {{ count_name(measure) }}
        {{- "," if not loop.last }}
    {%- endfor %}
{%- endmacro %}


{#- The names that `summary_columns` gives, read from another relation.

    Args:
        measures: the same list of numeric columns.
        relation: alias of the relation that may lack the group's row.

    Returns: columns, each with a comma after it; the number of rows is 0 where
        the group has no row.
-#}
{% macro summary_columns_of(measures, relation) -%}
    {%- for measure in measures %}
        {{ relation }}.avg_{{ measure }},
        {{ relation }}.p50_{{ measure }},
        {{ relation }}.p85_{{ measure }},
        coalesce({{ relation }}.{{ count_name(measure) }}, 0)
            as {{ count_name(measure) }},
    {%- endfor %}
{%- endmacro %}


{#- The columns of `summary_columns_of` for rows that the measures do not fit.

    Args:
        measures: a list of numeric columns.

    Returns: columns, each with a comma after it: no figures, of 0 rows.
-#}
{% macro no_summary_columns(measures) -%}
    {%- for measure in measures %}
        cast(null as float64) as avg_{{ measure }},
        cast(null as float64) as p50_{{ measure }},
        cast(null as float64) as p85_{{ measure }},
        0 as {{ count_name(measure) }},
    {%- endfor %}
{%- endmacro %}


{#- The name of the column that counts a measure's rows.

    Args:
        measure: a column's name.

    Returns: text: `lead_time_hours` gives `lead_time_n`.
-#}
{% macro count_name(measure) -%}
    {{ measure | replace('_hours', '') }}_n
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

{#- What looks like an issue's identifier (`ENG-123`) in a text.

    An identifier begins and ends next to a character that is neither a letter
    nor a digit, so `ben_eng-10_fix` names ENG-10. Every separator is doubled
    first: two identifiers may share one, and the pattern consumes it.

    Args:
        text: a string expression; branch names come in lower case.

    Returns: an array<string> expression, upper case, repeats kept, empty for
        null. `UTF-8` is in it: only a join with the issues shows that it is
        not an issue.
-#}
{% macro issue_identifiers(text) -%}
    array(
        select
            replace(
                regexp_extract(found, r'[A-Z][A-Z0-9]*--[0-9]+'), '--', '-'
            )
        from
            unnest(
                regexp_extract_all(
                    regexp_replace(
                        upper(coalesce({{ text }}, '')),
                        r'([^\pL\pN])',
                        r'\1\1'
                    ),
                    r'(?:^|[^\pL\pN])[A-Z][A-Z0-9]*--[0-9]+(?:[^\pL\pN]|$)'
                )
            ) as found
    )
{%- endmacro %}

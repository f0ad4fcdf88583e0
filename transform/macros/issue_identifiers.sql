{#- What looks like an issue's identifier (`ENG-123`) in a text.

    Args:
        text: a string expression; branch names come in lower case.

    Returns: an array<string> expression, upper case, repeats kept, empty for
        null. `UTF-8` is in it: only a join with the issues tells.
-#}
{% macro issue_identifiers(text) -%}
    regexp_extract_all(
        upper(coalesce({{ text }}, '')), r'\b([A-Z][A-Z0-9]*-[0-9]+)\b'
    )
{%- endmacro %}

{#- The conclusions of a check, the most serious first.

    Returns: a list of (conclusion, whether the check has failed).
-#}
{% macro check_conclusions() -%}
    {{ return([
        ('startup_failure', true),
        ('timed_out', true),
        ('failure', true),
        ('action_required', false),
        ('cancelled', false),
        ('stale', false),
        ('success', false),
        ('neutral', false),
        ('skipped', false),
    ]) }}
{%- endmacro %}


{#- Whether a check has failed.

    Args:
        conclusion: a string expression, in lower case.

    Returns: a bool expression, never null. A check that was canceled, skipped
        or neutral, or that waits for somebody, has neither failed nor
        succeeded.
-#}
{% macro is_failed_check(conclusion) -%}
    {%- set names = [] -%}
    {%- for name, is_failed in check_conclusions() if is_failed -%}
        {%- do names.append(name) -%}
    {%- endfor -%}
    coalesce({{ conclusion }} in ('{{ names | join("', '") }}'), false)
{%- endmacro %}


{#- How serious a conclusion is.

    Args:
        conclusion: a string expression, in lower case.

    Returns: an int64 expression: 1 is the most serious; null for none.
-#}
{% macro check_seriousness(conclusion) -%}
    case {{ conclusion }}
    {%- for name, _ in check_conclusions() %}
        when '{{ name }}' then {{ loop.index }}
    {%- endfor %}
    end
{%- endmacro %}


{#- The conclusion of a seriousness: the inverse of `check_seriousness`.

    Args:
        seriousness: an int64 expression.

    Returns: a string expression.
-#}
{% macro check_conclusion(seriousness) -%}
    case {{ seriousness }}
    {%- for name, _ in check_conclusions() %}
        when {{ loop.index }} then '{{ name }}'
    {%- endfor %}
    end
{%- endmacro %}

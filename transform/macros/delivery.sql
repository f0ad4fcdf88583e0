{#- Whether a label is one of a list, whatever its case and its symbols.

    Args:
        label: a string expression.
        names: a list of labels.

    Returns: a bool expression, never null. Only letters and digits count:
        `🔥 Incident` is `incident`.
-#}
{% macro is_label_among(label, names) -%}
    {%- set found = [] -%}
    {%- for name in names -%}
        {%- do found.append(modules.re.sub('[^a-z0-9]', '', name | lower)) -%}
    {%- endfor -%}
    coalesce(
        regexp_replace(lower({{ label }}), '[^a-z0-9]', '')
        in ('{{ found | join("', '") }}'),
        false
    )
{%- endmacro %}


{#- Whether something happened in the 24 hours after a moment.

    Args:
        happened_at: a timestamp expression.
        moment: a timestamp expression.

    Returns: a bool expression.
-#}
{% macro within_a_day(happened_at, moment) -%}
    {{ happened_at }} >= {{ moment }}
    and {{ happened_at }}
    <= timestamp_add({{ moment }}, interval 24 hour)
{%- endmacro %}


{#- Whether an environment is one of the var `production_environments`.

    Args:
        environment: a string expression.

    Returns: a bool expression; null without an environment. Case does not
        matter.
-#}
{% macro is_production(environment) -%}
    {%- set names = var('production_environments') | map('lower') | list -%}
    lower({{ environment }}) in ('{{ names | join("', '") }}')
{%- endmacro %}


{#- Whether a row of deployments or releases is gone from GitHub's list.

    Args: none; the relation has `repository_id`, `list_version`,
        `complete_list_version` and `_sdc_deleted_at`.

    Returns: a bool expression, never null: whether the whole list of the
        repository was read again without the row.
-#}
{% macro is_gone_from_list() -%}
    (
        _sdc_deleted_at is not null
        or coalesce(
            list_version < max(complete_list_version) over (
                partition by repository_id
            ),
            false
        )
    )
{%- endmacro %}


{#- Whether a check suite is gone from the list of its commit.

    Args: none; the relation has `repository_id`, `commit_oid`, `listed_at`,
        `complete_listed_at` and `_sdc_deleted_at`.

    Returns: a bool expression, never null: whether all suites of the commit
        were read again without the row.
-#}
{% macro is_gone_from_commit() -%}
    (
        _sdc_deleted_at is not null
        or coalesce(
            listed_at < max(complete_listed_at) over (
                partition by repository_id, commit_oid
            ),
            false
        )
    )
{%- endmacro %}

{#- Whether GitHub still has a row below a pull request.

    A force-push takes files and commits away and a deleted comment leaves no
    trace; such a row was not read again when its pull request last was. Of an
    incomplete pull request that says nothing: GitHub did not give everything.

    Args:
        child: alias of the row's relation, with `pull_request_updated_at`.
        pull_request: alias of the pull request's relation, with `updated_at`
            and `is_incomplete`.

    Returns: a bool expression, never null.
-#}
{% macro is_still_there(child, pull_request) -%}
    (
        not {{ child }}.is_deleted
        and coalesce(
            {{ child }}.pull_request_updated_at >= {{ pull_request }}.updated_at
            or coalesce({{ pull_request }}.is_incomplete, false),
            true
        )
    )
{%- endmacro %}


{#- Whether two accounts are the same, where a deleted account has no ID.

    GitHub shows every deleted account as the same ghost. On a ghost's pull
    request, every ghost counts as its author.

    Args:
        account: an account's ID, null for a ghost.
        author: the ID of the pull request's author, null for a ghost.

    Returns: a bool expression, never null.
-#}
{% macro is_same_account(account, author) -%}
    coalesce(
        {{ account }} = {{ author }},
        {{ account }} is null and {{ author }} is null
    )
{%- endmacro %}

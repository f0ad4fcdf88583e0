{#- Whether an account is a bot's.

    Args:
        login: the account's login.
        account_type: GitHub's type of the actor (`User`, `Bot`, …).

    Returns: a bool expression, never null. GraphQL gives a bot's login without
        `[bot]`, REST with it. Accounts that GitHub treats as people are listed
        in the var `bot_logins`.
-#}
{% macro is_bot(login, account_type) -%}
    (
        coalesce({{ account_type }} = 'Bot', false)
        or coalesce(ends_with(lower({{ login }}), '[bot]'), false)
        {%- if var('bot_logins') %}
        or coalesce(
            lower({{ login }}) in ('{{ var("bot_logins") | map("lower") | join("', '") }}'),
            false
        )
        {%- endif %}
    )
{%- endmacro %}


{#- An e-mail address as it can be compared: lower case, no blanks, not empty.

    Args:
        email: a string expression.

    Returns: a string expression; null for an empty address.
-#}
{% macro normalized_email(email) -%}
    nullif(lower(trim({{ email }})), '')
{%- endmacro %}


{#- The GitHub account that a no-reply address belongs to.

    Args:
        email: a string expression.

    Returns: an int64 expression: `ID+login@users.noreply.github.com` (or of a
        GitHub Enterprise host) gives ID, any other address null.
-#}
{% macro noreply_account_id(email) -%}
    safe_cast(
        regexp_extract(
            lower(trim({{ email }})), r'^([0-9]+)[+][^@]+@users[.]noreply[.]'
        ) as int64
    )
{%- endmacro %}


{#- The key of who wrote a commit, before it is known which person that is.

    Args: none; the relation has `author_id`, `author_email` and `author_name`.

    Returns: a string expression, a key of int_commit_authors.
-#}
{% macro commit_author_id() -%}
    {{ surrogate_key(['author_id', 'author_email', 'author_name']) }}
{%- endmacro %}

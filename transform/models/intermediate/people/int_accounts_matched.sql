-- Which Linear account and which GitHub account are one person. The rules go
-- one after the other, and each sees only what the earlier ones have left on
-- both sides, so that no account is in two pairs.
with

linear as (
    select * from {{ ref('int_linear_accounts_unioned') }}
),

github as (
    select * from {{ ref('int_github_accounts_unioned') }}
),

aliases as (
    select
        {{ normalized_email('linear_email') }} as email,
        lower(github_login) as login
    from {{ ref('user_aliases') }}
),

addresses as (
    select
        github.user_id,
        address as email
    from github
    cross join unnest(github.emails) as address
),

candidates as (
    -- Rule 1: Linear's own connection to GitHub.
    select
        linear.user_id as linear_user_id,
        github.user_id as github_user_id,
        linear.is_active,
        'github_user_id' as match_method
    from linear
    inner join github on linear.github_user_id = github.user_id
    where linear.is_github_connected

    union all

    -- Rule 2: an address that both have; a no-reply address contains an ID.
    select
        linear.user_id as linear_user_id,
        github.user_id as github_user_id,
        linear.is_active,
        'email' as match_method
    from linear
    inner join github on linear.github_user_id = github.user_id
    where not linear.is_github_connected

    union all

    select
        linear.user_id as linear_user_id,
        addresses.user_id as github_user_id,
        linear.is_active,
        'email' as match_method
    from linear
    inner join addresses on linear.email = addresses.email

    union all

    -- Rule 3: the seed.
    select
        linear.user_id as linear_user_id,
        github.user_id as github_user_id,
        linear.is_active,
        'alias' as match_method
    from aliases
    inner join linear on aliases.email = linear.email
    inner join github on aliases.login = lower(github.login)
),

{% for method in ['github_user_id', 'email', 'alias'] %}
    {% set earlier = loop.previtem %}
    -- Active accounts take precedence over suspended ones, and older GitHub
    -- accounts over newer ones.
    {{ method }}_by_linear as (
        select candidates.*
        from candidates
        {% if earlier %}
            left join until_{{ earlier }} as linear_taken
                on candidates.linear_user_id = linear_taken.linear_user_id
            left join until_{{ earlier }} as github_taken
                on candidates.github_user_id = github_taken.github_user_id
        {% endif %}
        where
            candidates.match_method = '{{ method }}'
            {% if earlier %}
                and linear_taken.linear_user_id is null
                and github_taken.github_user_id is null
            {% endif %}
        qualify
            row_number() over (
                partition by candidates.linear_user_id
                order by candidates.github_user_id
            ) = 1
    ),

    until_{{ method }} as (
        {% if earlier %}
            select * from until_{{ earlier }}

            union all

        {% endif %}
        (
            select
                linear_user_id,
                github_user_id,
                match_method
            from {{ method }}_by_linear
            qualify
                row_number() over (
                    partition by github_user_id
                    order by is_active desc, linear_user_id asc
                ) = 1
        )
    ){{ "," if not loop.last }}

{% endfor %}

select * from until_alias

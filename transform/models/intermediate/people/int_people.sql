with

linear as (
    select * from {{ ref('int_linear_accounts_unioned') }}
),

github as (
    select * from {{ ref('int_github_accounts_unioned') }}
),

matched as (
    select * from {{ ref('int_accounts_matched') }}
),

pairs as (
    select
        linear.user_id as linear_user_id,
        matched.github_user_id,
        coalesce(matched.match_method, 'none') as match_method
    from linear
    left join matched on linear.user_id = matched.linear_user_id

    union all

    select
        cast(null as string) as linear_user_id,
        github.user_id as github_user_id,
        'none' as match_method
    from github
    left join matched on github.user_id = matched.github_user_id
    where matched.github_user_id is null
),

final as (
    select
        -- ids
        coalesce(
            'linear:' || pairs.linear_user_id,
            'github:' || cast(pairs.github_user_id as string)
        ) as user_id,
        pairs.linear_user_id,
        pairs.github_user_id,

        -- strings
        github.login as github_login,
        coalesce(
            linear.email, github.email, github.emails[safe_offset(0)]
        ) as email,
        coalesce(linear.user_name, github.user_name, github.login) as name,
        pairs.match_method,

        -- lists and structures
        array(
            select distinct address
            from
                unnest(array_concat(
                    coalesce(github.emails, array<string>[]),
                    [coalesce(linear.email, ''), coalesce(github.email, '')]
                )) as address
            where address != ''
        ) as emails,

        -- booleans
        coalesce(linear.is_bot, false)
        or coalesce(github.is_bot, false) as is_bot,
        coalesce(linear.is_active, not github.is_deleted) as is_active
    from pairs
    left join linear on pairs.linear_user_id = linear.user_id
    left join github on pairs.github_user_id = github.user_id
)

select * from final

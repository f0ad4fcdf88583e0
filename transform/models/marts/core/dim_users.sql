with

people as (
    select * from {{ ref('int_people') }}
),

final as (
    select
        -- ids
        user_id,
        linear_user_id,
        github_user_id,

        -- strings
        github_login,
        email,
        name,
        match_method,

        -- booleans
        is_bot,
        is_active
    from people
)

select * from final

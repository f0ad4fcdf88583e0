with

people as (
    select * from {{ ref('int_people') }}
),

people_teams as (
    select * from {{ ref('int_people_teams') }}
),

suspected_bots as (
    select * from {{ ref('int_suspected_bots') }}
),

final as (
    select
        -- ids
        people.user_id,
        people.linear_user_id,
        people.github_user_id,
        people_teams.team_id,

        -- strings
        people.github_login,
        people.email,
        people.name,
        people_teams.team_key,
        people.match_method,

        -- booleans
        people.is_bot,
        suspected_bots.user_id is not null as is_suspected_bot,
        people.is_active
    from people
    left join people_teams on people.user_id = people_teams.user_id
    left join suspected_bots on people.user_id = suspected_bots.user_id
)

select * from final

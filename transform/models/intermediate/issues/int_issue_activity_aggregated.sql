-- When a person last did something to each issue in Linear: changed it or
-- commented on it. Bots, integrations and agents are not people.
with

people as (
    select * from {{ ref('int_people') }}
    where linear_user_id is not null
),

acts as (
    select
        issue_id,
        actor_id as user_id,
        created_at as acted_at
    from {{ ref('stg_linear__issue_history') }}
    where not is_deleted and actor_id is not null and bot_actor_id is null

    union all

    -- An outsider who comments through an integration is a person too.
    select
        issue_id,
        user_id,
        created_at as acted_at
    from {{ ref('stg_linear__comments') }}
    where
        not is_deleted
        and issue_id is not null
        and bot_actor_id is null
        and (user_id is not null or external_user_id is not null)
),

aggregated as (
    select
        acts.issue_id,
        max(acts.acted_at) as last_acted_at
    from acts
    left join people on acts.user_id = people.linear_user_id
    where not coalesce(people.is_bot, false)
    group by acts.issue_id
)

select * from aggregated

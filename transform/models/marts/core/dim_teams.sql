with

teams as (
    select * from {{ ref('stg_linear__teams') }}
),

members as (
    select
        team_id,
        count(*) as member_count
    from {{ ref('stg_linear__team_memberships') }}
    where not is_archived and not is_deleted
    group by team_id
),

final as (
    select
        -- ids
        teams.team_id,
        teams.parent_id as parent_team_id,

        -- strings
        teams.team_key,
        teams.team_name,
        teams.timezone,
        teams.issue_estimation_type,

        -- numerics
        coalesce(members.member_count, 0) as member_count,

        -- booleans
        teams.cycles_enabled,
        teams.triage_enabled,
        teams.is_archived or teams.retired_at is not null as is_archived,
        teams.is_deleted,

        -- timestamps
        teams.created_at
    from teams
    left join members on teams.team_id = members.team_id
)

select * from final

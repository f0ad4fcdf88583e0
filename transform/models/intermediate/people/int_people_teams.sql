-- The team of each person: the only one, or of several the one with most of
-- the issues that are assigned to the person.
with

people as (
    select * from {{ ref('int_people') }}
    where linear_user_id is not null
),

memberships as (
    select * from {{ ref('stg_linear__team_memberships') }}
    where not is_archived and not is_deleted
),

teams as (
    select * from {{ ref('stg_linear__teams') }}
    where not is_deleted
),

issues as (
    select
        team_id,
        assignee_id,
        count(*) as issue_count
    from {{ ref('int_issues_reconciled') }}
    where not is_deleted and assignee_id is not null
    group by team_id, assignee_id
),

chosen as (
    select
        people.user_id,
        teams.team_id,
        teams.team_key
    from people
    inner join memberships on people.linear_user_id = memberships.user_id
    inner join teams on memberships.team_id = teams.team_id
    left join issues
        on
            memberships.team_id = issues.team_id
            and memberships.user_id = issues.assignee_id
    qualify
        row_number() over (
            partition by people.user_id
            order by
                coalesce(issues.issue_count, 0) desc,
                teams.team_key asc,
                teams.team_id asc
        ) = 1
)

select * from chosen

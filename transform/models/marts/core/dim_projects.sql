with

projects as (
    select * from {{ ref('stg_linear__projects') }}
),

users as (
    select * from {{ ref('dim_users') }}
    where linear_user_id is not null
),

final as (
    select
        -- ids
        projects.project_id,
        leads.user_id as lead_user_id,

        -- strings
        projects.project_name,
        projects.status_name,
        projects.status_type,
        projects.health,
        projects.priority_label,
        leads.name as lead_name,
        projects.url,

        -- lists and structures
        projects.team_ids,

        -- numerics
        projects.priority,
        projects.progress,
        projects.scope,

        -- booleans
        projects.is_archived,
        projects.is_deleted,

        -- dates
        projects.start_date,
        projects.target_date,

        -- timestamps
        projects.created_at,
        projects.started_at,
        projects.completed_at,
        projects.canceled_at
    from projects
    left join users as leads on projects.lead_id = leads.linear_user_id
)

select * from final

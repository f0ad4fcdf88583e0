with

labels as (
    select * from {{ ref('stg_linear__issue_labels') }}
),

teams as (
    select * from {{ ref('stg_linear__teams') }}
),

final as (
    select
        -- ids
        labels.label_id,
        labels.team_id,
        labels.parent_id as parent_label_id,

        -- strings
        labels.label_name,
        parents.label_name as parent_label_name,
        teams.team_key,
        labels.color,

        -- booleans
        coalesce(labels.is_group, false) as is_group,
        labels.is_archived or labels.retired_at is not null as is_archived,
        labels.is_deleted,

        -- timestamps
        labels.created_at
    from labels
    left join labels as parents on labels.parent_id = parents.label_id
    left join teams on labels.team_id = teams.team_id
)

select * from final

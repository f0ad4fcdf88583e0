-- Written by scripts/staging.py from tap-linear's catalog: do not edit.
with

raw as (
    {{ read_raw('linear', 'issue_history') }}
),

renamed as (
    select
        -- ids
        id as issue_history_id,
        issue_id,
        actor_id,
        bot_actor_id,
        from_assignee_id,
        to_assignee_id,
        from_delegate_id,
        to_delegate_id,
        from_state_id,
        to_state_id,
        from_cycle_id,
        to_cycle_id,
        from_project_id,
        to_project_id,
        from_project_milestone_id,
        to_project_milestone_id,
        from_team_id,
        to_team_id,
        from_parent_id,
        to_parent_id,
        to_converted_project_id,
        attachment_id,
        customer_need_id,

        -- strings
        from_title,
        to_title,
        from_sla_type,
        to_sla_type,

        -- lists and structures
        added_label_ids,
        removed_label_ids,
        added_to_release_ids,
        removed_from_release_ids,

        -- numerics
        from_priority,
        to_priority,
        from_estimate,
        to_estimate,

        -- booleans
        archived,
        trashed,
        auto_archived,
        auto_closed,
        updated_description,
        triage_responsibility_auto_assigned,
        from_sla_breached,
        to_sla_breached,
        archived_at is not null as is_archived,
        _sdc_deleted_at is not null as is_deleted,

        -- dates
        from_due_date,
        to_due_date,

        -- timestamps
        created_at,
        updated_at,
        archived_at,
        from_sla_started_at,
        to_sla_started_at,
        from_sla_breaches_at,
        to_sla_breaches_at
    from raw
)

select * from renamed

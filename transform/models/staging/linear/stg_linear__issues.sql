-- Written by scripts/staging.py from tap-linear's catalog: do not edit.
with

raw as (
    {{ read_raw('linear', 'issues') }}
),

renamed as (
    select
        -- ids
        id as issue_id,
        team_id,
        state_id,
        cycle_id,
        project_id,
        project_milestone_id,
        parent_id,
        creator_id,
        assignee_id,
        delegate_id,
        snoozed_by_id,
        external_user_creator_id,
        bot_actor_id,
        source_comment_id,
        last_applied_template_id,
        recurring_issue_template_id,

        -- strings
        identifier,
        title,
        description,
        branch_name,
        priority_label,
        sla_type,
        integration_source_type,
        url,

        -- lists and structures
        label_ids,
        previous_identifiers,

        -- numerics
        number as issue_number,
        priority,
        customer_ticket_count,
        estimate,
        sort_order,
        sub_issue_sort_order,
        priority_sort_order,

        -- booleans
        trashed,
        archived_at is not null as is_archived,
        coalesce(trashed, false) or _sdc_deleted_at is not null as is_deleted,
        _sdc_deleted_at is not null as is_gone,

        -- dates
        due_date,

        -- timestamps
        created_at,
        updated_at,
        archived_at,
        started_triage_at,
        triaged_at,
        started_at,
        completed_at,
        canceled_at,
        auto_closed_at,
        auto_archived_at,
        added_to_cycle_at,
        added_to_project_at,
        added_to_team_at,
        snoozed_until_at,
        sla_started_at,
        sla_medium_risk_at,
        sla_high_risk_at,
        sla_breaches_at,
        _sdc_extracted_at as extracted_at
    from raw
)

select * from renamed

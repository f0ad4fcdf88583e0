-- Written by scripts/staging.py from tap-linear's catalog: do not edit.
with

raw as (
    {{ read_raw('linear', 'teams') }}
),

renamed as (
    select
        -- ids
        id as team_id,
        parent_id,
        active_cycle_id,
        default_issue_state_id,
        triage_issue_state_id,
        auto_close_state_id,

        -- strings
        key as team_key,
        name as team_name,
        display_name,
        description,
        color,
        icon,
        timezone,
        visibility,
        issue_estimation_type,
        scim_group_name,

        -- numerics
        issue_count,
        cycle_start_day,
        cycle_duration,
        cycle_cooldown_time,
        upcoming_cycle_count,
        auto_archive_period,
        auto_close_period,
        default_issue_estimate,

        -- booleans
        cycles_enabled,
        cycle_issue_auto_assign_started,
        cycle_issue_auto_assign_completed,
        cycle_lock_to_active,
        triage_enabled,
        require_priority_to_leave_triage,
        issue_estimation_allow_zero,
        issue_estimation_extended,
        inherit_issue_estimation,
        inherit_workflow_statuses,
        auto_close_parent_issues,
        auto_close_child_issues,
        all_members_can_join,
        group_issue_history,
        scim_managed,
        archived_at is not null as is_archived,
        _sdc_deleted_at is not null as is_deleted,

        -- timestamps
        created_at,
        updated_at,
        archived_at,
        retired_at
    from raw
)

select * from renamed

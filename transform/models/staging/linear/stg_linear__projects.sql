-- Written by scripts/staging.py from tap-linear's catalog: do not edit.
with

raw as (
    {{ read_raw('linear', 'projects') }}
),

renamed as (
    select
        -- ids
        id as project_id,
        status_id,
        lead_id,
        creator_id,
        converted_from_issue_id,
        last_applied_template_id,
        slug_id,
        slack_channel_id,

        -- strings
        name as project_name,
        status_name,
        status_type,
        health,
        priority_label,
        description,
        content,
        icon,
        color,
        url,
        start_date_resolution,
        target_date_resolution,
        frequency_resolution,

        -- lists and structures
        team_ids,
        label_ids,
        scope_history,
        completed_scope_history,
        in_progress_scope_history,
        issue_count_history,
        completed_issue_count_history,

        -- numerics
        priority,
        priority_sort_order,
        sort_order,
        progress,
        scope,
        update_reminder_frequency,

        -- booleans
        trashed,
        archived_at is not null as is_archived,
        coalesce(trashed, false) or _sdc_deleted_at is not null as is_deleted,

        -- dates
        start_date,
        target_date,

        -- timestamps
        created_at,
        updated_at,
        archived_at,
        health_updated_at,
        started_at,
        completed_at,
        canceled_at,
        auto_archived_at
    from raw
)

select * from renamed

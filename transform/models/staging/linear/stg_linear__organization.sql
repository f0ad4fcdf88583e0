-- Written by scripts/staging.py from tap-linear's catalog: do not edit.
with

raw as (
    {{ read_raw('linear', 'organization') }}
),

renamed as (
    select
        -- ids
        id as organization_id,

        -- strings
        name as organization_name,
        url_key,
        logo_url,
        git_branch_format,
        release_channel,
        pull_request_issue_mode,

        -- lists and structures
        previous_url_keys,

        -- numerics
        user_count,
        created_issue_count,
        customer_count,
        fiscal_year_start_month,
        period_upload_volume,
        project_update_reminder_frequency_in_weeks,

        -- booleans
        git_linkback_messages_enabled,
        git_public_linkback_messages_enabled,
        customers_enabled,
        roadmap_enabled,
        saml_enabled,
        scim_enabled,
        archived_at is not null as is_archived,
        _sdc_deleted_at is not null as is_deleted,

        -- timestamps
        created_at,
        updated_at,
        archived_at,
        deletion_requested_at,
        trial_starts_at,
        trial_ends_at
    from raw
)

select * from renamed

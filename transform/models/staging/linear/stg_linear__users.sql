-- Written by scripts/staging.py from tap-linear's catalog: do not edit.
with

raw as (
    {{ read_raw('linear', 'users') }}
),

renamed as (
    select
        -- ids
        id as user_id,
        github_user_id,

        -- strings
        name as user_name,
        display_name,
        email,
        initials,
        title,
        description,
        timezone,
        url,
        avatar_url,
        disable_reason,
        status_emoji,
        status_label,

        -- numerics
        created_issue_count,

        -- booleans
        active,
        admin,
        owner,
        guest,
        app,
        is_assignable,
        is_mentionable,
        can_access_any_public_team,
        supports_agent_sessions,
        archived_at is not null as is_archived,
        _sdc_deleted_at is not null as is_deleted,

        -- timestamps
        created_at,
        updated_at,
        archived_at,
        last_seen_at,
        status_until_at
    from raw
)

select * from renamed

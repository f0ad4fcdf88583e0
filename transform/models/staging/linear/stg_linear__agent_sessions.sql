-- Written by scripts/staging.py from tap-linear's catalog: do not edit.
with

raw as (
    {{ read_raw('linear', 'agent_sessions') }}
),

renamed as (
    select
        -- ids
        id as agent_session_id,
        issue_id,
        comment_id,
        source_comment_id,
        app_user_id,
        creator_id,
        dismissed_by_id,
        slug_id,

        -- strings
        status,
        url,

        -- booleans
        archived_at is not null as is_archived,
        _sdc_deleted_at is not null as is_deleted,

        -- timestamps
        created_at,
        updated_at,
        archived_at,
        started_at,
        ended_at,
        dismissed_at
    from raw
)

select * from renamed

-- Written by scripts/staging.py from tap-linear's catalog: do not edit.
with

raw as (
    {{ read_raw('linear', 'comments') }}
),

renamed as (
    select
        -- ids
        id as comment_id,
        issue_id,
        project_id,
        project_update_id,
        initiative_id,
        initiative_update_id,
        document_content_id,
        parent_id,
        user_id,
        external_user_id,
        bot_actor_id,
        resolving_user_id,
        resolving_comment_id,

        -- strings
        body,
        quoted_text,
        url,

        -- booleans
        archived_at is not null as is_archived,
        _sdc_deleted_at is not null as is_deleted,

        -- timestamps
        created_at,
        updated_at,
        archived_at,
        edited_at,
        resolved_at
    from raw
)

select * from renamed

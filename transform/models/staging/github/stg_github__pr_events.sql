-- Written by scripts/staging.py from tap-github-prs's catalog: do not edit.
with

raw as (
    {{ read_raw('github', 'pr_events') }}
),

renamed as (
    select
        -- ids
        node_id as event_id,
        pull_request_id,
        repository_id,
        actor_id,
        requested_reviewer_id,
        review_id,
        commit_oid,
        before_commit_oid,
        after_commit_oid,

        -- strings
        type as event_type,
        actor_login,
        actor_type,
        requested_reviewer_login,
        requested_reviewer_type,
        lower(previous_review_state) as previous_review_state,
        dismissal_message,
        previous_title,
        current_title,
        previous_ref_name,
        current_ref_name,
        deployed_ref_name,

        -- booleans
        _sdc_deleted_at is not null as is_deleted,
        {{ is_bot('actor_login', 'actor_type') }} as is_actor_bot,

        -- timestamps
        created_at,
        pull_request_updated_at
    from raw
)

select * from renamed

-- Written by scripts/staging.py from tap-github-prs's catalog: do not edit.
with

raw as (
    {{ read_raw('github', 'pull_requests') }}
),

renamed as (
    select
        -- ids
        id as pull_request_id,
        node_id,
        repository_id,
        author_id,
        merged_by_id,
        base_ref_oid,
        head_ref_oid,
        head_repository_id,
        merge_commit_oid,
        milestone_node_id,

        -- strings
        repository_name,
        title,
        body,
        url,
        lower(state) as state,
        author_login,
        author_type,
        author_association,
        merged_by_login,
        merged_by_type,
        lower(review_decision) as review_decision,
        base_ref_name,
        head_ref_name,
        head_repository_name,
        milestone_title,
        active_lock_reason,

        -- lists and structures
        labels,
        assignees,
        requested_reviewers,
        closing_issues,

        -- numerics
        number as pull_request_number,
        milestone_number,
        additions,
        deletions,
        changed_files,
        total_comments_count,

        -- booleans
        closed,
        merged,
        is_draft,
        coalesce(is_incomplete, false) as is_incomplete,
        is_cross_repository,
        locked,
        maintainer_can_modify,
        {{ is_bot('author_login', 'author_type') }} as is_author_bot,
        _sdc_deleted_at is not null as is_deleted,

        -- timestamps
        created_at,
        published_at,
        last_edited_at,
        ready_for_review_at,
        converted_to_draft_at,
        closed_at,
        merged_at,
        updated_at
    from raw
)

select * from renamed

-- Each issue as it is now: what is archived, in the trash or gone follows from
-- the index of all issues where that was read later. Archiving an issue does
-- not change its `updated_at`, so it is not read again for that.
with

issues as (
    select * from {{ ref('stg_linear__issues') }}
),

issue_index as (
    select * from {{ ref('stg_linear__issue_index') }}
),

-- The index lists every issue that exists: one that was read before the index
-- and is not in it was deleted permanently. A list that was not read to its
-- end leaves rows of the version before it, so the oldest version is the
-- complete one.
index_read as (
    select max(extracted_at) as read_at
    from issue_index
    where
        not is_gone
        and coalesce(table_version, 0) = (
            select min(coalesce(listed.table_version, 0))
            from issue_index as listed
            where not listed.is_gone
        )
),

compared as (
    select
        issues.*,
        issue_index.trashed as index_trashed,
        issue_index.archived_at as index_archived_at,
        coalesce(
            not issue_index.is_gone
            and issue_index.extracted_at > issues.extracted_at,
            false
        ) as is_index_newer,
        coalesce(issue_index.is_gone, true)
        and coalesce(index_read.read_at > issues.extracted_at, false)
            as is_missing_from_index
    from issues
    cross join index_read
    left join issue_index on issues.issue_id = issue_index.issue_id
),

reconciled as (
    select
        -- ids
        issue_id,
        team_id,
        state_id,
        cycle_id,
        project_id,
        parent_id,
        creator_id,
        assignee_id,
        delegate_id,

        -- strings
        identifier,
        title,
        url,
        priority_label,

        -- lists and structures
        label_ids,
        previous_identifiers,

        -- numerics
        issue_number,
        priority,
        estimate,

        -- booleans
        if(is_index_newer, index_archived_at, archived_at) is not null
            as is_archived,
        is_gone
        or is_missing_from_index
        or coalesce(if(is_index_newer, index_trashed, trashed), false)
            as is_deleted,

        -- dates
        due_date,

        -- timestamps
        created_at,
        started_triage_at,
        triaged_at,
        started_at,
        completed_at,
        canceled_at,
        if(is_index_newer, index_archived_at, archived_at) as archived_at,
        updated_at
    from compared
)

select * from reconciled

with

issues as (
    select * from {{ ref('stg_linear__issues') }}
),

issue_index as (
    select * from {{ ref('stg_linear__issue_index') }}
    where not is_deleted
),

-- The index lists every issue that exists: one that was read before it and is
-- not in it is gone for good. Without the index this has no row.
index_read as (
    select max(extracted_at) as read_at
    from issue_index
),

teams as (
    select * from {{ ref('stg_linear__teams') }}
),

states as (
    select * from {{ ref('stg_linear__workflow_states') }}
),

cycles as (
    select * from {{ ref('stg_linear__cycles') }}
),

projects as (
    select * from {{ ref('stg_linear__projects') }}
),

users as (
    select * from {{ ref('dim_users') }}
    where linear_user_id is not null
),

labels as (
    select
        issues.issue_id,
        array_agg(labels.label_name order by labels.label_name) as labels
    from issues
    cross join unnest(issues.label_ids) as issue_label_id
    inner join {{ ref('stg_linear__issue_labels') }} as labels
        on issue_label_id = labels.label_id
    group by issues.issue_id
),

spans as (
    select * from {{ ref('int_issue_spans_aggregated') }}
),

cycle_counts as (
    select
        issue_id,
        count(distinct cycle_id) as cycle_count
    from {{ ref('int_issue_cycles_spanned') }}
    group by issue_id
),

pull_request_counts as (
    select
        issue_id,
        count(*) as pull_request_count
    from {{ ref('bridge_issues_pull_requests') }}
    group by issue_id
),

joined as (
    select
        issues.*,
        teams.team_key,
        teams.team_name,
        states.state_name,
        states.state_category,
        cycles.cycle_number,
        projects.project_name,
        creators.user_id as creator_user_id,
        creators.name as creator_name,
        assignees.user_id as assignee_user_id,
        assignees.name as assignee_name,
        labels.labels,
        spans.started_at as first_started_at,
        spans.reopen_count,
        spans.hours_in_triage,
        spans.hours_in_backlog,
        spans.hours_in_unstarted,
        spans.hours_in_started,
        spans.hours_in_closed,
        cycle_counts.cycle_count,
        pull_request_counts.pull_request_count,
        issue_index.issue_id is null
        and coalesce(index_read.read_at > issues.extracted_at, false)
            as is_gone,
        -- Canceled after it was completed, or reopened: not delivered.
        coalesce(
            states.state_category = 'completed', issues.canceled_at is null
        )
        and issues.completed_at is not null as is_delivered
    from issues
    cross join index_read
    left join issue_index on issues.issue_id = issue_index.issue_id
    left join teams on issues.team_id = teams.team_id
    left join states on issues.state_id = states.workflow_state_id
    left join cycles on issues.cycle_id = cycles.cycle_id
    left join projects on issues.project_id = projects.project_id
    left join users as creators
        on issues.creator_id = creators.linear_user_id
    left join users as assignees
        on issues.assignee_id = assignees.linear_user_id
    left join labels on issues.issue_id = labels.issue_id
    left join spans on issues.issue_id = spans.issue_id
    left join cycle_counts on issues.issue_id = cycle_counts.issue_id
    left join pull_request_counts
        on issues.issue_id = pull_request_counts.issue_id
),

final as (
    select
        -- ids
        issue_id,
        team_id,
        state_id as workflow_state_id,
        cycle_id,
        project_id,
        parent_id as parent_issue_id,
        creator_user_id,
        assignee_user_id,

        -- strings
        identifier,
        title,
        url,
        team_key,
        team_name,
        state_name,
        state_category,
        project_name,
        creator_name,
        assignee_name,
        priority_label,

        -- lists and structures
        coalesce(labels, array<string>[]) as labels,

        -- numerics
        issue_number,
        priority,
        estimate,
        cycle_number,
        coalesce(cycle_count, 0) as cycle_count,
        coalesce(reopen_count, 0) as reopen_count,
        coalesce(pull_request_count, 0) as pull_request_count,
        if(
            is_delivered,
            {{ hours_between('created_at', 'completed_at') }},
            null
        ) as lead_time_hours,
        {{ hours_between('started_triage_at', 'triaged_at') }}
            as triage_time_hours,
        if(
            is_delivered,
            {{ hours_between(
                'coalesce(first_started_at, started_at)', 'completed_at'
            ) }},
            null
        ) as cycle_time_hours,
        hours_in_triage,
        hours_in_backlog,
        hours_in_unstarted,
        hours_in_started,
        hours_in_closed,

        -- booleans
        is_delivered,
        is_archived,
        is_deleted or is_gone as is_deleted,

        -- dates
        due_date,

        -- timestamps
        created_at,
        coalesce(first_started_at, started_at) as started_at,
        completed_at,
        canceled_at,
        archived_at,
        updated_at
    from joined
)

select * from final

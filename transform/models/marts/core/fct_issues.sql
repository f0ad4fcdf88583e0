with

issues as (
    select * from {{ ref('int_issues_reconciled') }}
),

teams as (
    select * from {{ ref('stg_linear__teams') }}
),

states as (
    select * from {{ ref('stg_linear__workflow_states') }}
),

cycles as (
    select * from {{ ref('dim_cycles') }}
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

-- If no issue has spans, Linear's own `startedAt` replaces them.
streams as (
    select count(state_category) > 0 as has_spans
    from {{ ref('int_issue_state_spans') }}
),

moment as (
    select {{ as_of() }} as as_of
),

activity as (
    select * from {{ ref('int_issue_activity_aggregated') }}
),

cycle_counts as (
    select
        issue_id,
        count(distinct cycle_id) as cycle_count
    from {{ ref('int_issue_cycles_spanned') }}
    group by issue_id
),

linked_pull_requests as (
    select
        links.issue_id,
        count(*) as pull_request_count,
        max(pull_requests.last_activity_at) as last_activity_at
    from {{ ref('bridge_issues_pull_requests') }} as links
    left join {{ ref('int_pull_request_activity_aggregated') }} as pull_requests
        on links.pull_request_id = pull_requests.pull_request_id
    group by links.issue_id
),

joined as (
    select
        issues.*,
        teams.team_key,
        teams.team_name,
        states.state_name,
        states.state_category,
        cycles.cycle_number,
        cycles.cycle_name,
        projects.project_name,
        creators.user_id as creator_user_id,
        creators.name as creator_name,
        assignees.user_id as assignee_user_id,
        assignees.name as assignee_name,
        delegates.user_id as delegate_user_id,
        delegates.name as delegate_name,
        labels.labels,
        if(streams.has_spans, spans.started_at, issues.started_at)
            as first_started_at,
        spans.current_state_entered_at,
        spans.reopen_count,
        spans.hours_in_triage,
        spans.hours_in_backlog,
        spans.hours_in_unstarted,
        spans.hours_in_started,
        spans.hours_in_completed,
        spans.hours_in_canceled,
        spans.hours_in_duplicate,
        cycle_counts.cycle_count,
        linked_pull_requests.pull_request_count,
        greatest(
            coalesce(
                activity.last_acted_at, linked_pull_requests.last_activity_at
            ),
            coalesce(
                linked_pull_requests.last_activity_at, activity.last_acted_at
            )
        ) as last_activity_at,
        -- Canceled after it was completed, or reopened: not delivered.
        coalesce(
            states.state_category = 'completed', issues.canceled_at is null
        )
        and issues.completed_at is not null as is_delivered,
        coalesce(
            states.state_category
            in ('triage', 'backlog', 'unstarted', 'started'),
            issues.completed_at is null and issues.canceled_at is null
        ) as is_open,
        moment.as_of
    from issues
    cross join streams
    cross join moment
    left join teams on issues.team_id = teams.team_id
    left join states on issues.state_id = states.workflow_state_id
    left join cycles on issues.cycle_id = cycles.cycle_id
    left join projects on issues.project_id = projects.project_id
    left join users as creators
        on issues.creator_id = creators.linear_user_id
    left join users as assignees
        on issues.assignee_id = assignees.linear_user_id
    left join users as delegates
        on issues.delegate_id = delegates.linear_user_id
    left join labels on issues.issue_id = labels.issue_id
    left join spans on issues.issue_id = spans.issue_id
    left join activity on issues.issue_id = activity.issue_id
    left join cycle_counts on issues.issue_id = cycle_counts.issue_id
    left join linked_pull_requests
        on issues.issue_id = linked_pull_requests.issue_id
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
        delegate_user_id,

        -- strings
        identifier,
        title,
        url,
        team_key,
        team_name,
        state_name,
        state_category,
        cycle_name,
        project_name,
        creator_name,
        assignee_name,
        delegate_name,
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
            {{ hours_between('first_started_at', 'completed_at') }},
            null
        ) as cycle_time_hours,
        if(is_open, {{ hours_between('created_at', 'as_of') }}, null)
            as age_hours,
        if(
            is_open,
            {{ hours_between('current_state_entered_at', 'as_of') }},
            null
        ) as hours_in_current_state,
        hours_in_triage,
        hours_in_backlog,
        hours_in_unstarted,
        hours_in_started,
        hours_in_completed,
        hours_in_canceled,
        hours_in_duplicate,

        -- booleans
        is_open,
        is_delivered,
        coalesce(
            state_category = 'started'
            and coalesce(last_activity_at, created_at) < timestamp_sub(
                as_of, interval {{ var('stale_days') }} day
            ),
            false
        ) as is_stuck,
        is_archived,
        is_deleted,

        -- dates
        due_date,

        -- timestamps
        created_at,
        first_started_at as started_at,
        completed_at,
        canceled_at,
        archived_at,
        last_activity_at,
        updated_at
    from joined
)

select * from final

with

dates as (
    select * from {{ ref('dim_dates') }}
),

teams as (
    select * from {{ ref('dim_teams') }}
),

issues as (
    select * from {{ ref('fct_issues') }}
    where not is_deleted
),

pull_requests as (
    select * from {{ ref('fct_pull_requests') }}
    where state = 'merged' and not is_by_bot
),

links as (
    select * from {{ ref('bridge_issues_pull_requests') }}
    where is_primary
),

-- Only letters and digits of a name count: `🔥 Incident` is `incident`.
rules as (
    select
        kind,
        regexp_replace(lower(name), '[^a-z0-9]', '') as name,
        category,
        priority
    from {{ ref('investment_categories') }}
),

-- What an issue is called by, strongest first: labels, project, team.
issue_names as (
    select
        issues.issue_id,
        'label' as kind,
        1 as kind_rank,
        label as name
    from issues
    cross join unnest(issues.labels) as label

    union all

    select
        issue_id,
        'project' as kind,
        2 as kind_rank,
        project_name as name
    from issues

    union all

    select
        issue_id,
        'team' as kind,
        3 as kind_rank,
        team_key as name
    from issues
),

issue_categories as (
    select
        issue_names.issue_id,
        rules.category
    from issue_names
    inner join rules
        on
            issue_names.kind = rules.kind
            and regexp_replace(lower(issue_names.name), '[^a-z0-9]', '')
            = rules.name
    qualify
        row_number() over (
            partition by issue_names.issue_id
            order by issue_names.kind_rank, rules.priority, rules.category
        ) = 1
),

pull_request_names as (
    select
        pull_requests.pull_request_id,
        'label' as kind,
        1 as kind_rank,
        label as name
    from pull_requests
    cross join unnest(pull_requests.labels) as label

    union all

    select
        pull_request_id,
        'team' as kind,
        3 as kind_rank,
        team_key as name
    from pull_requests
),

pull_request_categories as (
    select
        pull_request_names.pull_request_id,
        rules.category
    from pull_request_names
    inner join rules
        on
            pull_request_names.kind = rules.kind
            and regexp_replace(
                lower(pull_request_names.name), '[^a-z0-9]', ''
            ) = rules.name
    qualify
        row_number() over (
            partition by pull_request_names.pull_request_id
            order by
                pull_request_names.kind_rank, rules.priority, rules.category
        ) = 1
),

work as (
    select
        issues.team_id,
        issues.pull_request_count > 0 as is_linked,
        coalesce(issue_categories.category, 'uncategorized') as category,
        1 as issue_count,
        coalesce(issues.estimate, 0) as points,
        0 as pull_request_count,
        0 as merged_lines,
        {{ month_of(local_date('issues.completed_at')) }} as month_start
    from issues
    left join issue_categories on issues.issue_id = issue_categories.issue_id
    where issues.is_delivered and issues.team_id is not null

    union all

    -- A pull request has the category of its primary issue.
    select
        pull_requests.team_id,
        links.issue_id is not null as is_linked,
        coalesce(
            issue_categories.category,
            pull_request_categories.category,
            'uncategorized'
        ) as category,
        0 as issue_count,
        0 as points,
        1 as pull_request_count,
        coalesce(pull_requests.changed_lines, 0) as merged_lines,
        {{ month_of(local_date('pull_requests.merged_at')) }} as month_start
    from pull_requests
    left join links
        on pull_requests.pull_request_id = links.pull_request_id
    left join issue_categories on links.issue_id = issue_categories.issue_id
    left join pull_request_categories
        on
            pull_requests.pull_request_id
            = pull_request_categories.pull_request_id
    where pull_requests.team_id is not null
),

firsts as (
    select
        team_id,
        min(month_start) as first_month
    from work
    group by team_id
),

cells as (
    select distinct
        firsts.team_id,
        dates.month_start,
        is_linked,
        category
    from dates
    inner join firsts on dates.month_start >= firsts.first_month
    cross join unnest([true, false]) as is_linked
    cross join
        unnest([
            'new', 'improve', 'fix', 'keep_running', 'uncategorized'
        ]) as category
),

grouped as (
    select
        cells.team_id,
        cells.month_start,
        cells.is_linked,
        cells.category,
        coalesce(sum(work.issue_count), 0) as delivered_issue_count,
        coalesce(sum(work.points), 0) as delivered_points,
        coalesce(sum(work.pull_request_count), 0) as merged_count,
        coalesce(sum(work.merged_lines), 0) as merged_lines
    from cells
    left join work
        on
            cells.team_id = work.team_id
            and cells.month_start = work.month_start
            and cells.is_linked = work.is_linked
            and cells.category = work.category
    group by
        cells.team_id, cells.month_start, cells.is_linked, cells.category
),

totalled as (
    select
        *,
        sum(delivered_issue_count) over (
            partition by team_id, month_start
        ) as total_delivered_issue_count,
        sum(delivered_points) over (
            partition by team_id, month_start
        ) as total_delivered_points,
        sum(merged_count) over (
            partition by team_id, month_start
        ) as total_merged_count,
        sum(merged_lines) over (
            partition by team_id, month_start
        ) as total_merged_lines
    from grouped
)

select
    -- ids
    {{ surrogate_key([
        'totalled.team_id', 'totalled.month_start', 'totalled.is_linked',
        'totalled.category',
    ]) }} as investment_id,
    totalled.team_id,

    -- strings
    teams.team_key,
    totalled.category,

    -- numerics
    totalled.delivered_issue_count,
    totalled.total_delivered_issue_count as issue_n,
    safe_divide(
        totalled.delivered_issue_count, totalled.total_delivered_issue_count
    ) as issue_share,
    totalled.delivered_points,
    safe_divide(totalled.delivered_points, totalled.total_delivered_points)
        as point_share,
    totalled.merged_count,
    totalled.total_merged_count as merged_n,
    totalled.merged_lines,
    safe_divide(totalled.merged_lines, totalled.total_merged_lines)
        as line_share,

    -- booleans
    totalled.is_linked,

    -- dates
    totalled.month_start
from totalled
left join teams on totalled.team_id = teams.team_id

with

dates as (
    select * from {{ ref('dim_dates') }}
),

teams as (
    select * from {{ ref('dim_teams') }}
),

repositories as (
    select * from {{ ref('dim_repositories') }}
),

-- A month begins with the first day of dim_dates that lies in it.
{{ flow_per(
    period='month_start',
    first='finished_in_month',
    falls_in="periods.month_start = finished.finished_in_month"
) }},

final as (
    select
        -- ids
        {{ surrogate_key(
            ["'team'", 'flow.team_id', 'flow.month_start']
        ) }} as monthly_flow_id,
        flow.team_id,
        cast(null as int64) as repository_id,

        -- strings
        'team' as scope,
        teams.team_key as scope_name,

        -- numerics
        flow.finished_count,
        {{ summary_columns_of(flow_measures('team'), 'flow') }}
        {{ no_summary_columns(flow_measures('repository')) }}

        -- dates
        flow.month_start
    from team_flow as flow
    left join teams on flow.team_id = teams.team_id

    union all

    select
        {{ surrogate_key(
            ["'repository'", 'flow.repository_id', 'flow.month_start']
        ) }} as monthly_flow_id,
        cast(null as string) as team_id,
        flow.repository_id,
        'repository' as scope,
        repositories.repository_name as scope_name,
        flow.finished_count,
        {{ no_summary_columns(flow_measures('team')) }}
        {{ summary_columns_of(flow_measures('repository'), 'flow') }}
        flow.month_start
    from repository_flow as flow
    left join repositories
        on flow.repository_id = repositories.repository_id
)

select * from final

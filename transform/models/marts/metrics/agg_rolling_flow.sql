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

-- Each day counts what was delivered or merged in the 90 days that end with
-- it.
{{ flow_per(
    period='date_day',
    first='finished_on',
    falls_in='periods.date_day >= finished.finished_on and '
        ~ 'date_sub(periods.date_day, interval 90 day) < finished.finished_on'
) }},

final as (
    select
        -- ids
        {{ surrogate_key(
            ["'team'", 'flow.team_id', 'flow.date_day']
        ) }} as rolling_flow_id,
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
        flow.date_day
    from team_flow as flow
    left join teams on flow.team_id = teams.team_id

    union all

    select
        {{ surrogate_key(
            ["'repository'", 'flow.repository_id', 'flow.date_day']
        ) }} as rolling_flow_id,
        cast(null as string) as team_id,
        flow.repository_id,
        'repository' as scope,
        repositories.repository_name as scope_name,
        flow.finished_count,
        {{ no_summary_columns(flow_measures('team')) }}
        {{ summary_columns_of(flow_measures('repository'), 'flow') }}
        flow.date_day
    from repository_flow as flow
    left join repositories
        on flow.repository_id = repositories.repository_id
)

select * from final

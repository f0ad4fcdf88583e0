with

needs as (
    select * from {{ ref('stg_linear__customer_needs') }}
    where not is_deleted and not is_archived
),

customers as (
    select * from {{ ref('stg_linear__customers') }}
    where not is_deleted
),

issues as (
    select * from {{ ref('fct_issues') }}
),

requests as (
    select
        needs.customer_need_id,
        needs.customer_id,
        needs.issue_id,
        needs.project_id,
        customers.customer_name,
        customers.tier_name,
        customers.status_name,
        needs.priority = 1 as is_important,
        case
            when issues.is_delivered then 'delivered'
            when issues.is_open then 'waiting'
            when issues.issue_id is not null then 'canceled'
            when needs.issue_id is null then 'unplanned'
        end as outcome,
        needs.created_at as requested_at,
        if(issues.is_delivered, issues.completed_at, null) as delivered_at,
        issues.team_id,
        issues.team_key,
        issues.identifier,
        issues.title,
        coalesce(issues.url, needs.url) as url,
        issues.state_name,
        issues.state_category,
        issues.assignee_name
    from needs
    inner join customers on needs.customer_id = customers.customer_id
    left join issues on needs.issue_id = issues.issue_id
    where not coalesce(issues.is_deleted, false)
)

select
    -- ids
    customer_need_id as customer_request_id,
    customer_id,
    issue_id,
    project_id,
    team_id,

    -- strings
    customer_name,
    tier_name as customer_tier,
    status_name as customer_status,
    team_key,
    identifier,
    title,
    url,
    state_name,
    state_category,
    assignee_name,
    outcome,

    -- numerics
    case outcome
        when 'delivered'
            then {{ hours_between('requested_at', 'delivered_at') }}
        when 'waiting' then {{ hours_between('requested_at', as_of()) }}
        when 'unplanned' then {{ hours_between('requested_at', as_of()) }}
    end as waiting_hours,

    -- booleans
    is_important,
    coalesce(outcome in ('waiting', 'unplanned'), false) as is_waiting,

    -- timestamps
    requested_at,
    delivered_at
from requests

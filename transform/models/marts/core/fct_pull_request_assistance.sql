with

pull_requests as (
    select * from {{ ref('fct_pull_requests') }}
),

named as (
    select * from {{ ref('int_pull_request_agents') }}
),

links as (
    select * from {{ ref('bridge_issues_pull_requests') }}
),

-- Linear delegates issues to agents only.
delegated as (
    select issue_id
    from {{ ref('stg_linear__issues') }}
    where delegate_id is not null

    union distinct

    select issue_id
    from {{ ref('stg_linear__issue_history') }}
    where to_delegate_id is not null
),

traces as (
    select
        pull_request_id,
        evidence,
        product
    from named

    union distinct

    select
        links.pull_request_id,
        'delegate' as evidence,
        cast(null as string) as product
    from links
    inner join delegated on links.issue_id = delegated.issue_id
),

kinds as (
    select distinct
        pull_request_id,
        evidence
    from traces
),

assisted as (
    select
        pull_request_id,
        array_agg(evidence order by evidence) as assist_evidence
    from kinds
    group by pull_request_id
),

named_products as (
    select distinct
        pull_request_id,
        product
    from traces
    where product is not null
),

products as (
    select
        pull_request_id,
        array_agg(product order by product) as products
    from named_products
    group by pull_request_id
)

select
    -- ids
    pull_requests.pull_request_id,
    pull_requests.repository_id,
    pull_requests.team_id,

    -- lists and structures
    assisted.assist_evidence,
    coalesce(products.products, array<string>[]) as products,

    -- timestamps
    pull_requests.created_at,
    pull_requests.merged_at
from assisted
inner join pull_requests
    on assisted.pull_request_id = pull_requests.pull_request_id
left join products
    on assisted.pull_request_id = products.pull_request_id

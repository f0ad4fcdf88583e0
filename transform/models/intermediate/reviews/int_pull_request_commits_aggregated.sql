with

commits as (
    select * from {{ ref('stg_github__pr_commits') }}
),

pull_requests as (
    select * from {{ ref('stg_github__pull_requests') }}
    where not is_deleted
),

aggregated as (
    select
        commits.pull_request_id,
        count(*) as commit_count,
        min(commits.authored_at) as first_commit_at
    from commits
    inner join pull_requests
        on commits.pull_request_id = pull_requests.pull_request_id
    where {{ is_still_there('commits', 'pull_requests') }}
    group by commits.pull_request_id
)

select * from aggregated

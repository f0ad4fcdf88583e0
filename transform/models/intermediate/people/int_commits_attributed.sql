-- The commits of the default branches, each with its author. The lines of a
-- merge commit count nowhere: the commits that it merges have them already.
with

commits as (
    select
        *,
        {{ commit_author_id() }} as commit_author_id,
        array_length(parent_oids) >= 2 as is_merge
    from {{ ref('stg_github__commits') }}
    where not is_deleted
),

authors as (
    select * from {{ ref('int_commit_authors') }}
),

attributed as (
    select
        commits.repository_id,
        commits.oid,
        commits.committed_at,
        commits.authored_at,
        commits.batched_at,
        if(commits.is_merge, 0, commits.additions) as additions,
        if(commits.is_merge, 0, commits.deletions) as deletions,
        if(commits.is_merge, 0, commits.changed_files) as changed_files,
        authors.author_user_id,
        authors.author_key,
        authors.author_name,
        authors.email as author_email,
        authors.is_bot,
        coalesce(commits.is_merge, false) as is_merge
    from commits
    left join authors on commits.commit_author_id = authors.commit_author_id
)

select * from attributed

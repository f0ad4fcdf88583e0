with

files as (
    select * from {{ ref('stg_github__pr_files') }}
),

pull_requests as (
    select * from {{ ref('stg_github__pull_requests') }}
    where not is_deleted
),

final as (
    select
        -- ids
        {{ surrogate_key(['files.pull_request_id', 'files.path']) }}
            as pull_request_file_id,
        files.pull_request_id,
        files.repository_id,

        -- strings
        files.path,
        regexp_extract(files.path, r'^([^/]+)/') as top_directory,
        lower(regexp_extract(files.path, r'[^/][.]([^./]+)$'))
            as file_extension,
        files.change_type,

        -- numerics
        files.additions,
        files.deletions,
        files.additions + files.deletions as changed_lines,

        -- timestamps
        pull_requests.created_at as opened_at
    from files
    inner join pull_requests
        on files.pull_request_id = pull_requests.pull_request_id
    where {{ is_still_there('files', 'pull_requests') }}
)

select * from final

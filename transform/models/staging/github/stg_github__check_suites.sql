-- Written by scripts/staging.py from tap-github-prs's catalog: do not edit.
with

raw as (
    {{ read_raw('github', 'check_suites') }}
),

renamed as (
    select
        -- ids
        node_id as check_suite_id,
        repository_id,
        commit_oid,
        app_id,
        creator_id,
        workflow_id,

        -- strings
        branch_name,
        app_name,
        app_slug,
        creator_login,
        workflow_name,
        workflow_run_url,
        event,
        lower(status) as status,
        lower(conclusion) as conclusion,
        url,

        -- lists and structures
        runs,

        -- numerics
        workflow_run_number,

        -- booleans
        {{ is_gone_from_commit() }} as is_deleted,

        -- timestamps
        listed_at,
        complete_listed_at,
        created_at,
        updated_at
    from raw
)

select * from renamed

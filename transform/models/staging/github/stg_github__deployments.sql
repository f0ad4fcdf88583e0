-- Written by scripts/staging.py from tap-github-prs's catalog: do not edit.
with

raw as (
    {{ read_raw('github', 'deployments') }}
),

renamed as (
    select
        -- ids
        node_id as deployment_id,
        repository_id,
        commit_oid,
        creator_id,

        -- strings
        environment,
        original_environment,
        task,
        description,
        lower(state) as state,
        ref_name,
        creator_login,
        creator_type,

        -- lists and structures
        statuses,

        -- numerics
        id as deployment_number,
        list_version,
        complete_list_version,

        -- booleans
        {{ is_gone_from_list() }} as is_deleted,

        -- timestamps
        created_at,
        updated_at
    from raw
)

select * from renamed

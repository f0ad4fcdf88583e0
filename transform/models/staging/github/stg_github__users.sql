-- Written by scripts/staging.py from tap-github-prs's catalog: do not edit.
with

raw as (
    {{ read_raw('github', 'users') }}
),

renamed as (
    select
        -- ids
        id as user_id,
        node_id,
        claimant_id,

        -- strings
        login,
        type as user_type,
        name as user_name,
        email,
        company,
        location,
        website_url,
        twitter_username,
        url,
        avatar_url,

        -- lists and structures
        emails,
        memberships,

        -- booleans
        _sdc_deleted_at is not null as is_deleted,
        {{ is_bot('login', 'type') }} as is_bot,

        -- timestamps
        created_at,
        updated_at
    from raw
)

select * from renamed

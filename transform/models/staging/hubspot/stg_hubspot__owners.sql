-- Written by scripts/staging.py from tap-hubspot-crm's catalog: do not edit.
with

raw as (
    {{ read_raw('hubspot', 'owners') }}
),

renamed as (
    select
        -- ids
        id as owner_id,
        user_id,

        -- strings
        email,
        first_name,
        last_name,

        -- lists and structures
        teams,

        -- booleans
        is_archived,
        _sdc_deleted_at is not null as is_deleted,

        -- timestamps
        updated_at
    from raw
)

select * from renamed

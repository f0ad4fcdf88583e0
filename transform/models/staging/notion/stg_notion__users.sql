-- Written by scripts/staging.py from tap-notion's catalog: do not edit.
with

raw as (
    {{ read_raw('notion', 'users') }}
),

renamed as (
    select
        -- ids
        id as user_id,

        -- strings
        type as user_type,
        name as user_name,
        email,
        bot_owner,

        -- booleans
        _sdc_deleted_at is not null as is_deleted
    from raw
)

select * from renamed

-- Written by scripts/staging.py from tap-linear's catalog: do not edit.
with

raw as (
    {{ read_raw('linear', 'customers') }}
),

renamed as (
    select
        -- ids
        id as customer_id,
        owner_id,
        status_id,
        tier_id,
        main_source_id,
        slack_channel_id,
        slug_id,

        -- strings
        name as customer_name,
        status_name,
        tier_name,
        logo_url,
        url,

        -- lists and structures
        external_ids,
        domains,

        -- numerics
        approximate_need_count,
        revenue,
        size,

        -- booleans
        archived_at is not null as is_archived,
        _sdc_deleted_at is not null as is_deleted,

        -- timestamps
        created_at,
        updated_at,
        archived_at
    from raw
)

select * from renamed

-- Written by scripts/staging.py from tap-linear's catalog: do not edit.
with

raw as (
    {{ read_raw('linear', 'initiatives') }}
),

renamed as (
    select
        -- ids
        id as initiative_id,
        owner_id,
        creator_id,
        parent_initiative_id,
        slug_id,

        -- strings
        name as initiative_name,
        status,
        health,
        description,
        content,
        icon,
        color,
        url,
        target_date_resolution,
        frequency_resolution,

        -- lists and structures
        label_ids,

        -- numerics
        priority,
        priority_sort_order,
        sort_order,
        update_reminder_frequency,

        -- booleans
        trashed,
        archived_at is not null as is_archived,
        coalesce(trashed, false) or _sdc_deleted_at is not null as is_deleted,

        -- dates
        target_date,

        -- timestamps
        created_at,
        updated_at,
        archived_at,
        health_updated_at,
        started_at,
        completed_at
    from raw
)

select * from renamed

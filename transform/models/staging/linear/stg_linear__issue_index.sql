-- Written by scripts/staging.py from tap-linear's catalog: do not edit.
with

raw as (
    {{ read_raw('linear', 'issue_index') }}
),

renamed as (
    select
        -- ids
        id as issue_id,

        -- numerics
        _sdc_table_version as table_version,

        -- booleans
        trashed,
        archived_at is not null as is_archived,
        coalesce(trashed, false) or _sdc_deleted_at is not null as is_deleted,
        _sdc_deleted_at is not null as is_gone,

        -- timestamps
        created_at,
        updated_at,
        archived_at,
        _sdc_extracted_at as extracted_at
    from raw
)

select * from renamed

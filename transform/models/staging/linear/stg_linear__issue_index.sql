with

source as (
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
        _sdc_deleted_at is not null as is_gone,
        coalesce(trashed, false) or _sdc_deleted_at is not null as is_deleted,

        -- timestamps
        created_at,
        updated_at,
        archived_at,
        _sdc_extracted_at as extracted_at
    from source
)

select * from renamed

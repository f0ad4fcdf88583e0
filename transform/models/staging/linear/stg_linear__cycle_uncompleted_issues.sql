with

source as (
    {{ read_raw('linear', 'cycle_uncompleted_issues') }}
),

renamed as (
    select
        -- ids
        cycle_id,
        issue_id,

        -- booleans
        _sdc_deleted_at is not null as is_deleted,

        -- timestamps
        cycle_updated_at
    from source
)

select * from renamed

-- Written by scripts/staging.py from tap-linear's catalog: do not edit.
with

raw as (
    {{ read_raw('linear', 'cycles') }}
),

renamed as (
    select
        -- ids
        id as cycle_id,
        team_id,
        inherited_from_id,

        -- strings
        name as cycle_name,
        description,

        -- lists and structures
        scope_history,
        completed_scope_history,
        in_progress_scope_history,
        issue_count_history,
        completed_issue_count_history,

        -- numerics
        number as cycle_number,
        progress,

        -- booleans
        is_active,
        is_future,
        is_past,
        is_next,
        is_previous,
        archived_at is not null as is_archived,
        _sdc_deleted_at is not null as is_deleted,

        -- timestamps
        created_at,
        updated_at,
        archived_at,
        starts_at,
        ends_at,
        completed_at,
        auto_archived_at
    from raw
)

select * from renamed

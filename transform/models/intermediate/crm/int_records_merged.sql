-- HubSpot no longer returns a record that was merged into another one; its ID
-- stays in associations and history.
with

records as (
    {%- for object_type, column in [
        ('contacts', 'contact_id'), ('companies', 'company_id'), ('deals', 'deal_id'),
    ] %}
        select
            '{{ object_type }}' as object_type,
            {{ column }} as record_id,
            hs_merged_object_ids
        from {{ ref('stg_hubspot__' ~ object_type) }}
        {{ "union all" if not loop.last }}
    {%- endfor %}
),

merged as (
    select
        records.object_type,
        trim(merged_id) as record_id,
        records.record_id as survivor_id
    from records
    cross join unnest(split(records.hs_merged_object_ids, ';')) as merged_id
    where trim(merged_id) not in ('', records.record_id)
),

-- A record that was merged into one that was merged itself: up to four merges.
followed as (
    select
        merged.object_type,
        merged.record_id,
        coalesce(
            last_merged.survivor_id,
            thrice_merged.survivor_id,
            twice_merged.survivor_id,
            merged.survivor_id
        ) as survivor_id
    from merged
    left join merged as twice_merged
        on
            merged.object_type = twice_merged.object_type
            and merged.survivor_id = twice_merged.record_id
    left join merged as thrice_merged
        on
            twice_merged.object_type = thrice_merged.object_type
            and twice_merged.survivor_id = thrice_merged.record_id
    left join merged as last_merged
        on
            thrice_merged.object_type = last_merged.object_type
            and thrice_merged.survivor_id = last_merged.record_id
),

final as (
    select
        object_type,
        record_id,
        max(survivor_id) as survivor_id
    from followed
    where record_id != survivor_id
    group by object_type, record_id
)

select * from final

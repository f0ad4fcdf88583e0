-- HubSpot no longer returns a record that was merged into another one; its ID stays in
-- associations and history.
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
            fourth.survivor_id,
            third.survivor_id,
            second.survivor_id,
            merged.survivor_id
        ) as survivor_id
    from merged
    left join merged as second
        on
            merged.object_type = second.object_type
            and merged.survivor_id = second.record_id
    left join merged as third
        on
            second.object_type = third.object_type
            and second.survivor_id = third.record_id
    left join merged as fourth
        on
            third.object_type = fourth.object_type
            and third.survivor_id = fourth.record_id
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

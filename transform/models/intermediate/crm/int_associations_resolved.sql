with

associations as (
    select * from {{ ref('stg_hubspot__associations') }}
    where not is_deleted
),

merged as (
    select * from {{ ref('int_records_merged') }}
),

-- An association is read from one side or from both.
mirrored as (
    select
        from_object_type,
        from_id,
        to_object_type,
        to_id,
        label
    from associations

    union all

    select
        to_object_type as from_object_type,
        to_id as from_id,
        from_object_type as to_object_type,
        from_id as to_id,
        label
    from associations
),

survived as (
    select
        mirrored.from_object_type,
        coalesce(from_merged.survivor_id, mirrored.from_id) as from_id,
        mirrored.to_object_type,
        coalesce(to_merged.survivor_id, mirrored.to_id) as to_id,
        nullif(trim(mirrored.label), '') as label
    from mirrored
    left join merged as from_merged
        on
            mirrored.from_object_type = from_merged.object_type
            and mirrored.from_id = from_merged.record_id
    left join merged as to_merged
        on
            mirrored.to_object_type = to_merged.object_type
            and mirrored.to_id = to_merged.record_id
),

-- Each type of an association is a row of the source: two records that have a
-- label and belong together without one are one pair.
labeled as (
    select distinct
        from_object_type,
        from_id,
        to_object_type,
        to_id,
        label
    from survived
),

final as (
    select
        from_object_type,
        from_id,
        to_object_type,
        to_id,
        array_agg(label ignore nulls order by label) as labels,
        coalesce(logical_or(lower(label) = 'primary'), false) as is_primary
    from labeled
    group by from_object_type, from_id, to_object_type, to_id
)

select * from final

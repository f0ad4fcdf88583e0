with

engagements as (
    select * from {{ ref('int_engagements_classified') }}
    where is_touch
),

associations as (
    select * from {{ ref('int_associations_resolved') }}
    where to_object_type in ('contacts', 'companies', 'deals')
),

final as (
    select
        associations.to_object_type as object_type,
        associations.to_id as record_id,
        engagements.engagement_id,
        engagements.engagement_type,
        engagements.happened_at
    from engagements
    inner join associations
        on
            engagements.object_type = associations.from_object_type
            and engagements.engagement_id = associations.from_id
)

select * from final

with

engagements as (
    select * from {{ ref('int_engagements_classified') }}
),

associations as (
    select * from {{ ref('int_associations_resolved') }}
    where to_object_type in ('contacts', 'companies', 'deals')
),

final as (
    select
        -- ids
        {{ surrogate_key([
            'engagements.engagement_type', 'engagements.engagement_id'
        ]) }} as engagement_key,
        associations.to_id as record_id,

        -- strings
        associations.to_object_type as record_type,

        -- lists
        associations.labels
    from engagements
    inner join associations
        on
            engagements.object_type = associations.from_object_type
            and engagements.engagement_id = associations.from_id
)

select * from final

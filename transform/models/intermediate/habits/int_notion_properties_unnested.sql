{{ config(enabled=source_is_active('notion')) }}

with

data_sources as (
    select * from {{ ref('stg_notion__data_sources') }}
    where not is_deleted and not coalesce(in_trash, false)
),

final as (
    select
        -- ids
        data_sources.data_source_id,
        property.id as property_id,

        -- strings
        coalesce(data_sources.title, data_sources.database_title)
            as data_source_title,
        property.name as property_name,
        property.type as property_type
    from data_sources
    cross join unnest(data_sources.properties) as property
)

select * from final

{{ config(enabled=source_is_active('notion')) }}

-- Each page of the reference data source (var `habit_reference`) describes the
-- habit that has its title. An attribute is a property of that name.
with

data_sources as (
    select * from {{ ref('stg_notion__data_sources') }}
    where
        not is_deleted
        and not coalesce(in_trash, false)
        and {{ is_habit_reference(
            'data_source_id', 'coalesce(title, database_title)'
        ) }}
),

pages as (
    select * from {{ ref('stg_notion__pages') }}
    where
        not is_deleted
        and not coalesce(in_trash, false)
        and not coalesce(is_archived, false)
        and trim(title) != ''
),

properties as (
    select
        page_id,
        value_number,
        value_date,
        replace(lower(trim(property_name)), ' ', '_') as attribute,
        replace(lower(trim(value_string)), ' ', '_') as word,
        trim(value_string) as text
    from {{ ref('stg_notion__page_properties') }}
    where not is_deleted
),

described as (
    select
        -- ids
        pages.page_id,

        -- strings
        lower(trim(pages.title)) as habit_key,
        max(
            if(
                properties.attribute = 'period'
                and properties.word in ('day', 'week', 'month'),
                properties.word,
                null
            )
        ) as period,
        max(
            if(
                properties.attribute = 'kind'
                and properties.word in ('tick', 'number'),
                properties.word,
                null
            )
        ) as kind,
        max(
            if(
                properties.attribute = 'direction'
                and properties.word in ('at_least', 'at_most'),
                properties.word,
                null
            )
        ) as direction,
        max(if(properties.attribute = 'category', properties.text, null))
            as category,

        -- numerics
        max(
            if(
                properties.attribute = 'threshold',
                properties.value_number,
                null
            )
        ) as threshold,
        max(
            if(
                properties.attribute in ('target', 'target_rate')
                and properties.value_number between 0 and 1,
                properties.value_number,
                null
            )
        ) as target_rate,

        -- dates
        max(
            if(
                properties.attribute = 'active_from',
                properties.value_date,
                null
            )
        ) as active_from,
        max(if(properties.attribute = 'active_to', properties.value_date, null))
            as active_to
    from pages
    inner join
        data_sources
        on pages.data_source_id = data_sources.data_source_id
    left join properties on pages.page_id = properties.page_id
    group by pages.page_id, pages.title
),

-- Of two pages with one title, the one with the lower ID counts.
final as (
    select * from described
    qualify row_number() over (partition by habit_key order by page_id) = 1
)

select * from final

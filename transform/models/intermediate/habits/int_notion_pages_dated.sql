{{ config(enabled=source_is_active('notion')) }}

{%- set formats = [
    '%Y-%m-%d', '%Y/%m/%d', '%d.%m.%Y', '%B %d, %Y', '%b %d, %Y', '%d %B %Y',
] -%}

with

pages as (
    select * from {{ ref('stg_notion__pages') }}
    where
        not is_deleted
        and not coalesce(in_trash, false)
        and not coalesce(is_archived, false)
),

-- A page can have several dates, such as a deadline: one with the name of a day
-- counts first.
dates as (
    select
        page_id,
        value_date
    from {{ ref('stg_notion__page_properties') }}
    where
        property_type = 'date' and value_date is not null and not is_deleted
    qualify
        row_number() over (
            partition by page_id
            order by
                lower(property_name) in ('date', 'day') desc,
                property_name asc,
                property_id asc
        ) = 1
),

titled as (
    select
        *,
        coalesce(
            {%- for format in formats %}
                safe.parse_date('{{ format }}', trim(title))
                {{- "," if not loop.last }}
            {%- endfor %}
        ) as title_day
    from pages
),

final as (
    select
        -- ids
        titled.page_id,
        titled.data_source_id,

        -- strings
        titled.title,
        titled.url,
        case
            when dates.value_date is not null then 'property'
            when titled.title_day is not null then 'title'
        end as day_source,

        -- dates
        coalesce(dates.value_date, titled.title_day) as page_day
    from titled
    left join dates on titled.page_id = dates.page_id
)

select * from final

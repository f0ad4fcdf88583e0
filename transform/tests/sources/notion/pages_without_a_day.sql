{{ config(severity='warn') }}

-- Pages of a data source with habits that count nowhere: they have no date
-- property, and their title is no date.
with

habits as (
    select distinct data_source_id from {{ ref('dim_habits') }}
)

select
    pages.page_id,
    pages.title,
    pages.url
from {{ ref('int_notion_pages_dated') }} as pages
inner join habits on pages.data_source_id = habits.data_source_id
where pages.page_day is null

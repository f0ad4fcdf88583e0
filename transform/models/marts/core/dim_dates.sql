-- The spine of every daily and weekly table: a day on which nothing happened
-- is a row too.
with

events as (
    select min(created_at) as first_at from {{ ref('stg_linear__issues') }}
    union all
    select min(created_at) as first_at
    from {{ ref('stg_github__pull_requests') }}
    union all
    select min(committed_at) as first_at from {{ ref('stg_github__commits') }}
),

limits as (
    select
        {% if var('first_date') %}
        date '{{ var("first_date") }}' as first_day,
        {% else %}
            coalesce(
                {{ local_date('min(first_at)') }}, {{ local_date(as_of()) }}
            )
                as first_day,
        {% endif %}
        {{ local_date(as_of()) }} as last_day
    from events
),

days as (
    select day_of_spine as date_day
    from limits
    cross join
        unnest(generate_date_array(limits.first_day, limits.last_day))
            as day_of_spine
),

final as (
    select
        -- strings
        format_date('%A', date_day) as day_name,

        -- numerics
        extract(year from date_day) as year_number,
        extract(month from date_day) as month_number,
        mod(extract(dayofweek from date_day) + 5, 7) + 1 as iso_day_of_week,

        -- booleans
        extract(dayofweek from date_day) in (1, 7) as is_weekend,

        -- dates
        date_day,
        {{ week_of('date_day') }} as week_start,
        date_add({{ week_of('date_day') }}, interval 6 day) as week_end,
        -- The local BigQuery gives a datetime here.
        cast(date_trunc(date_day, month) as date) as month_start,
        cast(date_trunc(date_day, quarter) as date) as quarter_start
    from days
)

select * from final

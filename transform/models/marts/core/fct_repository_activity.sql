with

dates as (
    select * from {{ ref('dim_dates') }}
),

repositories as (
    select * from {{ ref('dim_repositories') }}
),

acts as (
    select * from {{ ref('int_repository_acts') }}
),

first_days as (
    select
        repository_id,
        min(acted_on) as first_day
    from acts
    group by repository_id
),

days as (
    select
        first_days.repository_id,
        dates.date_day
    from dates
    inner join first_days on dates.date_day >= first_days.first_day
),

counted as (
    select
        repository_id,
        acted_on,
        {% for act in ['commit', 'opened', 'merged', 'closed'] -%}
            countif(act = '{{ act }}' and not is_by_bot) as {{ act }}_count,
            countif(act = '{{ act }}' and is_by_bot) as bot_{{ act }}_count,
        {% endfor -%}
        {% for act in ['review', 'reply', 'comment'] -%}
            countif(act = '{{ act }}' and not is_by_bot) as {{ act }}_count,
        {% endfor -%}
        count(distinct if(is_actor_bot, null, actor_key)) as active_people_count
    from acts
    group by repository_id, acted_on
),

final as (
    select
        -- ids
        {{ surrogate_key(['days.repository_id', 'days.date_day']) }}
            as repository_day_id,
        days.repository_id,

        -- strings
        repositories.repository_name,

        -- numerics
        {% for act in ['commit', 'opened', 'merged', 'closed'] -%}
            coalesce(counted.{{ act }}_count, 0) as {{ act }}_count,
            coalesce(counted.bot_{{ act }}_count, 0) as bot_{{ act }}_count,
        {% endfor -%}
        {% for act in ['review', 'reply', 'comment', 'active_people'] -%}
            coalesce(counted.{{ act }}_count, 0) as {{ act }}_count,
        {% endfor %}

        -- dates
        days.date_day
    from days
    left join repositories on days.repository_id = repositories.repository_id
    left join counted
        on
            days.repository_id = counted.repository_id
            and days.date_day = counted.acted_on
)

select * from final

{{ config(enabled=source_is_active('hubspot')) }}

-- Meetings that were held. A day with any of them is a record of both habits,
-- so that both begin with the first meeting.
with

meetings as (
    select
        contact_count,
        {{ user_date('happened_at') }} as day
    from {{ ref('int_engagements_classified') }}
    where engagement_type = 'meeting' and is_touch
),

counted as (
    select
        day,
        countif(contact_count = 1) as one_to_one_count,
        countif(contact_count > 1) as group_count
    from meetings
    group by day
),

final as (
    select
        'hubspot:met_one_person' as habit_id,
        cast(one_to_one_count as float64) as value,
        false as is_excused,
        day
    from counted

    union all

    select
        'hubspot:met_a_group' as habit_id,
        cast(group_count as float64) as value,
        false as is_excused,
        day
    from counted
)

select * from final

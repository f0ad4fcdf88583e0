with

habits as (
    select * from {{ ref('int_habits_defined') }}
),

recorded as (
    select * from {{ ref('int_habits_recorded') }}
),

excuses as (
    select
        habit_id,
        excused_from,
        coalesce(excused_to, excused_from) as excused_to
    from {{ ref('habits') }}
    where excused_from is not null
),

calendar as (
    select {{ user_date(as_of()) }} as today
),

-- From the later of the first record and the first active day to today or the
-- last active day.
limits as (
    select
        habits.habit_id,
        habits.period,
        calendar.today,
        greatest(
            min(recorded.day), coalesce(habits.active_from, min(recorded.day))
        ) as first_day,
        least(
            calendar.today, coalesce(habits.active_to, calendar.today)
        ) as last_day
    from habits
    inner join recorded on habits.habit_id = recorded.habit_id
    cross join calendar
    where recorded.day <= calendar.today
    group by
        habits.habit_id,
        habits.period,
        habits.active_from,
        habits.active_to,
        calendar.today
),

days as (
    select
        limits.habit_id,
        limits.today,
        day_of_spine as day,
        {{ period_of('limits.period', 'day_of_spine') }} as period_start
    from limits
    cross join
        unnest(generate_date_array(limits.first_day, limits.last_day))
            as day_of_spine
),

excused_days as (
    select distinct
        days.habit_id,
        days.day
    from days
    inner join excuses
        on
            excuses.habit_id in (days.habit_id, '*')
            and days.day between excuses.excused_from and excuses.excused_to
),

-- A day is excused by its page or by the seed.
valued as (
    select
        days.*,
        recorded.value,
        recorded.day is not null as has_page,
        excused_days.day is not null
        or coalesce(recorded.is_excused, false) as is_excused
    from days
    left join recorded
        on days.habit_id = recorded.habit_id and days.day = recorded.day
    left join excused_days
        on days.habit_id = excused_days.habit_id and days.day = excused_days.day
),

-- A week or month is excused if every day of it is, or every day that has a
-- page.
periods as (
    select
        habit_id,
        period_start,
        today,
        sum(value) as value,
        count(value) > 0 as is_recorded,
        countif(is_excused) = count(*)
        or (
            countif(has_page) > 0
            and countif(has_page and not is_excused) = 0
        ) as is_excused
    from valued
    group by habit_id, period_start, today
),

dated as (
    select
        periods.*,
        habits.direction,
        habits.threshold,
        date_sub(
            case habits.period
                when 'day' then date_add(periods.period_start, interval 1 day)
                when 'week' then date_add(periods.period_start, interval 7 day)
                when 'month' then cast(
                    date_add(periods.period_start, interval 1 month) as date
                )
            end, interval 1 day
        ) as period_end
    from periods
    inner join habits on periods.habit_id = habits.habit_id
),

judged as (
    select
        *,
        period_end < today as is_closed,
        not is_excused
        {%- if var('missing_habit_days') == 'unknown' %}
        and is_recorded
        {%- endif %} as is_due,
        coalesce(
            if(direction = 'at_most', value <= threshold, value >= threshold),
            false
        ) as is_reached
    from dated
),

-- A running period is done or open, never missed. It can still exceed a limit.
decided as (
    select
        *,
        case
            when not is_due then cast(null as bool)
            when is_closed then is_reached
            when is_reached and direction = 'at_least' then true
        end as is_done
    from judged
),

-- Consecutive due periods that are done have the same difference of both ranks.
ranked as (
    select
        habit_id,
        period_start,
        is_done,
        row_number() over (
            partition by habit_id order by period_start
        ) - row_number() over (
            partition by habit_id, is_done order by period_start
        ) as island
    from decided
    where is_done is not null
),

streaks as (
    select
        habit_id,
        period_start,
        dense_rank() over (
            partition by habit_id order by island
        ) as streak_number
    from ranked
    where is_done
),

final as (
    select
        -- ids
        {{ surrogate_key(['decided.habit_id', 'decided.period_start']) }}
            as habit_period_id,
        decided.habit_id,

        -- numerics
        decided.value,
        streaks.streak_number,

        -- booleans
        decided.is_recorded,
        decided.is_excused,
        decided.is_due,
        decided.is_done,
        decided.is_closed,

        -- dates
        decided.period_start,
        decided.period_end
    from decided
    left join streaks
        on
            decided.habit_id = streaks.habit_id
            and decided.period_start = streaks.period_start
)

select * from final

with

habits as (
    select * from {{ ref('dim_habits') }}
    -- Sleep itself says nothing about sleep.
    where period = 'day' and habit_id != 'google_health:sleep'
),

periods as (
    select * from {{ ref('fct_habit_periods') }}
    where is_closed and is_done is not null
),

nights as (
    select * from {{ ref('fct_nights') }}
    where asleep_minutes is not null and not is_provisional
),

lags as (
    select
        'same_day' as lag_name,
        0 as lag_days
    union all
    select
        'next_night' as lag_name,
        1 as lag_days
),

paired as (
    select
        habits.habit_id,
        habits.habit_name,
        lags.lag_name,
        periods.is_done,
        nights.asleep_minutes
    from habits
    cross join lags
    inner join periods on habits.habit_id = periods.habit_id
    inner join nights
        on
            nights.night_date = date_add(
                periods.period_start, interval lags.lag_days day
            )
),

with_medians as (
    select
        *,
        {{ percentile(
            'asleep_minutes', 0.5, ['habit_id', 'lag_name', 'is_done']
        ) }} as median_minutes
    from paired
),

compared as (
    select
        habit_id,
        habit_name,
        lag_name,
        countif(is_done) as nights_with,
        countif(not is_done) as nights_without,
        avg(if(is_done, asleep_minutes, null)) as mean_with,
        avg(if(is_done, null, asleep_minutes)) as mean_without,
        max(if(is_done, median_minutes, null)) as median_with,
        max(if(is_done, null, median_minutes)) as median_without
    from with_medians
    group by habit_id, habit_name, lag_name
),

final as (
    select
        -- ids
        {{ surrogate_key(['habit_id', 'lag_name']) }} as sleep_habit_id,
        habit_id,

        -- strings
        habit_name,
        lag_name,

        -- numerics
        nights_with,
        nights_without,
        mean_with as mean_minutes_with,
        mean_without as mean_minutes_without,
        median_with as median_minutes_with,
        median_without as median_minutes_without,
        mean_with - mean_without as difference_minutes
    from compared
    -- Fewer nights prove nothing.
    where nights_with >= 20 and nights_without >= 20
)

select * from final

{%- set windows = [7, 30, 90, 365] -%}

with

habits as (
    select * from {{ ref('dim_habits') }}
),

periods as (
    select * from {{ ref('fct_habit_periods') }}
),

today as (
    select {{ user_date(as_of()) }} as today
),

streaks as (
    select
        habit_id,
        streak_number,
        count(*) as streak_length,
        min(period_start) as streak_from,
        max(period_end) as streak_to,
        max(period_start) as last_period_start
    from periods
    where streak_number is not null
    group by habit_id, streak_number
),

longest as (
    select * from streaks
    qualify
        row_number() over (
            partition by habit_id
            order by streak_length desc, streak_from desc
        ) = 1
),

-- The last period that counts: the running one if it is done, otherwise the
-- last due one that is closed.
reached as (
    select
        habit_id,
        max(period_start) as last_period_start
    from periods
    where is_done is not null
    group by habit_id
),

rates as (
    select
        periods.habit_id,
        {%- for days in windows %}
            countif(
                periods.is_closed
                and periods.is_due
                and periods.period_end
                >= date_sub(today.today, interval {{ days }} day)
            ) as due_{{ days }}d,
            countif(
                periods.is_closed
                and periods.is_done
                and periods.period_end
                >= date_sub(today.today, interval {{ days }} day)
            ) as done_{{ days }}d,
        {%- endfor %}
        max(if(periods.is_done, periods.period_start, null)) as last_done_on
    from periods
    cross join today
    group by periods.habit_id
),

final as (
    select
        -- ids
        habits.habit_id,

        -- strings
        habits.habit_name,
        habits.period,
        habits.category,
        habits.source,

        -- numerics
        coalesce(current_streaks.streak_length, 0) as current_streak,
        coalesce(longest.streak_length, 0) as longest_streak,
        {%- for days in windows %}
            coalesce(rates.due_{{ days }}d, 0) as due_{{ days }}d,
            safe_divide(rates.done_{{ days }}d, rates.due_{{ days }}d)
                as rate_{{ days }}d,
        {%- endfor %}
        habits.target_rate,

        -- booleans
        safe_divide(rates.done_90d, rates.due_90d) >= habits.target_rate
            as is_target_met,

        -- dates
        longest.streak_from as longest_streak_from,
        longest.streak_to as longest_streak_to,
        rates.last_done_on
    from habits
    left join longest on habits.habit_id = longest.habit_id
    left join rates on habits.habit_id = rates.habit_id
    left join reached on habits.habit_id = reached.habit_id
    left join streaks as current_streaks
        on
            habits.habit_id = current_streaks.habit_id
            and reached.last_period_start = current_streaks.last_period_start
)

select * from final

with

habits as (
    select * from {{ ref('dim_habits') }}
),

-- A period belongs to the week in which it ends.
periods as (
    select
        *,
        {{ week_of('period_end') }} as week_start
    from {{ ref('fct_habit_periods') }}
),

limits as (
    select
        habit_id,
        min({{ week_of('period_start') }}) as first_week,
        max({{ week_of(
            'if(is_closed, period_end, period_start)'
        ) }}) as last_week
    from periods
    group by habit_id
),

weeks as (
    select
        limits.habit_id,
        week_of_spine as week_start
    from limits
    cross join
        unnest(
            generate_date_array(
                limits.first_week, limits.last_week, interval 7 day
            )
        ) as week_of_spine
),

counted as (
    select
        weeks.habit_id,
        weeks.week_start,
        countif(periods.is_closed and periods.is_due) as due_count,
        countif(periods.is_closed and periods.is_done) as done_count
    from weeks
    left join periods
        on
            weeks.habit_id = periods.habit_id
            and weeks.week_start = periods.week_start
    group by weeks.habit_id, weeks.week_start
),

rolling as (
    select
        *,
        sum(due_count) over (
            partition by habit_id
            order by week_start
            rows between 4 preceding and 1 preceding
        ) as preceding_due_count,
        sum(done_count) over (
            partition by habit_id
            order by week_start
            rows between 4 preceding and 1 preceding
        ) as preceding_done_count
    from counted
),

final as (
    select
        -- ids
        {{ surrogate_key(['rolling.habit_id', 'rolling.week_start']) }}
            as habit_week_id,
        rolling.habit_id,

        -- strings
        habits.habit_name,

        -- numerics
        rolling.due_count,
        rolling.done_count,
        safe_divide(rolling.done_count, rolling.due_count) as rate,
        coalesce(rolling.preceding_due_count, 0) as preceding_due_count,
        safe_divide(
            rolling.preceding_done_count, rolling.preceding_due_count
        ) as preceding_rate,

        -- dates
        rolling.week_start
    from rolling
    inner join habits on rolling.habit_id = habits.habit_id
)

select * from final

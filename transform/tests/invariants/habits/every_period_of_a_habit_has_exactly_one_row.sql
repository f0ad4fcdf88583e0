-- From the first period to the last there is no gap, and no period twice.
with

habits as (
    select * from {{ ref('dim_habits') }}
),

periods as (
    select * from {{ ref('fct_habit_periods') }}
),

followed as (
    select
        periods.habit_id,
        periods.period_end,
        lead(periods.period_start) over (
            partition by periods.habit_id order by periods.period_start
        ) as next_period_start
    from periods
    inner join habits on periods.habit_id = habits.habit_id
)

select * from followed
where next_period_start != date_add(period_end, interval 1 day)

{%- set measures = ['response_hours'] %}

with

dates as (
    select * from {{ ref('dim_dates') }}
),

users as (
    select * from {{ ref('dim_users') }}
),

-- Deleted accounts are one row together, without a user.
reviews as (
    select
        *,
        coalesce(reviewer_user_id, 'ghost') as reviewer_key,
        {{ week_of(local_date('submitted_at')) }} as week_start
    from {{ ref('fct_pull_request_reviews') }}
    where is_submitted and not is_author and not is_bot
),

requests as (
    select
        *,
        requested_user_id as reviewer_key,
        {{ week_of(local_date('requested_at')) }} as first_week,
        {{ week_of(local_date(
            "if(is_open, " ~ as_of() ~ ", coalesce(ended_at, requested_at))"
        )) }} as last_week
    from {{ ref('fct_review_requests') }}
    where requested_user_id is not null and not is_bot
),

-- A reviewer's weeks go from the first activity to the last. A request that
-- waits extends them.
acts as (
    select
        reviewer_key,
        week_start as first_week,
        week_start as last_week
    from reviews

    union all

    select
        reviewer_key,
        first_week,
        last_week
    from requests
),

active as (
    select
        reviewer_key,
        min(first_week) as first_week,
        max(last_week) as last_week
    from acts
    group by reviewer_key
),

weeks as (
    select distinct
        active.reviewer_key,
        dates.week_start
    from dates
    inner join active
        on dates.week_start between active.first_week and active.last_week
),

review_percentiles as (
    select
        *,
        {{ percentile_columns(measures, ['reviewer_key', 'week_start']) }}
    from reviews
),

given as (
    select
        reviewer_key,
        week_start,
        countif(not is_reply) as review_count,
        countif(is_reply) as reply_count,
        count(distinct pull_request_id) as pull_request_count,
        {{ summary_columns(measures) }}
    from review_percentiles
    group by reviewer_key, week_start
),

-- A request waits at the end of a week if it started before and ended after.
waiting as (
    select
        weeks.reviewer_key,
        weeks.week_start,
        count(*) as waiting_request_count
    from weeks
    inner join requests
        on
            weeks.reviewer_key = requests.reviewer_key
            and requests.requested_at
            < {{ start_of_day('date_add(weeks.week_start, interval 7 day)') }}
            and (
                requests.is_open
                or requests.ended_at
                >= {{ start_of_day(
                    'date_add(weeks.week_start, interval 7 day)'
                ) }}
            )
    group by weeks.reviewer_key, weeks.week_start
),

final as (
    select
        -- ids
        {{ surrogate_key(['weeks.reviewer_key', 'weeks.week_start']) }}
            as reviewer_week_id,
        users.user_id as reviewer_user_id,

        -- strings
        users.github_login as reviewer_login,
        users.name as reviewer_name,

        -- numerics
        coalesce(given.review_count, 0) as review_count,
        coalesce(given.reply_count, 0) as reply_count,
        coalesce(given.pull_request_count, 0) as pull_request_count,
        safe_divide(
            coalesce(given.review_count, 0),
            sum(given.review_count) over (partition by weeks.week_start)
        ) as review_share,
        {{ summary_columns_of(measures, 'given') }}
        coalesce(waiting.waiting_request_count, 0) as waiting_request_count,

        -- dates
        weeks.week_start
    from weeks
    left join users on weeks.reviewer_key = users.user_id
    left join given
        on
            weeks.reviewer_key = given.reviewer_key
            and weeks.week_start = given.week_start
    left join waiting
        on
            weeks.reviewer_key = waiting.reviewer_key
            and weeks.week_start = waiting.week_start
)

select * from final

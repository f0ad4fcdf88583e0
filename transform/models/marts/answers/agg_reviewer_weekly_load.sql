with

dates as (
    select * from {{ ref('dim_dates') }}
),

users as (
    select * from {{ ref('dim_users') }}
    where github_user_id is not null and not is_bot
),

reviews as (
    select
        *,
        {{ week_of(local_date('submitted_at')) }} as week_start
    from {{ ref('fct_pull_request_reviews') }}
    where
        is_submitted
        and not is_author
        and not is_bot
        and reviewer_user_id is not null
),

requests as (
    select
        users.user_id as reviewer_user_id,
        requests.event_id,
        requests.requested_at,
        requests.ended_at
    from {{ ref('int_review_requests_spanned') }} as requests
    inner join users on requests.requested_reviewer_id = users.github_user_id
),

first_weeks as (
    select
        reviewer_user_id,
        min({{ week_of(local_date('acted_at')) }}) as week_start
    from (
        select
            reviewer_user_id,
            submitted_at as acted_at
        from reviews
        union all
        select
            reviewer_user_id,
            requested_at as acted_at
        from requests
    ) as acts
    group by reviewer_user_id
),

weeks as (
    select distinct
        first_weeks.reviewer_user_id,
        dates.week_start
    from dates
    inner join first_weeks on dates.week_start >= first_weeks.week_start
),

review_percentiles as (
    select
        *,
        {{ percentile(
            'response_hours', 0.5, ['reviewer_user_id', 'week_start']
        ) }} as p50_response_hours,
        {{ percentile(
            'response_hours', 0.85, ['reviewer_user_id', 'week_start']
        ) }} as p85_response_hours
    from reviews
),

given as (
    select
        reviewer_user_id,
        week_start,
        count(*) as review_count,
        count(distinct pull_request_id) as pull_request_count,
        avg(response_hours) as avg_response_hours,
        max(p50_response_hours) as p50_response_hours,
        max(p85_response_hours) as p85_response_hours
    from review_percentiles
    group by reviewer_user_id, week_start
),

-- A request waits at the end of each week in which it had come and not gone.
waiting as (
    select
        weeks.reviewer_user_id,
        weeks.week_start,
        count(distinct requests.event_id) as waiting_request_count
    from weeks
    inner join requests
        on
            weeks.reviewer_user_id = requests.reviewer_user_id
            and {{ local_date('requests.requested_at') }}
            < date_add(weeks.week_start, interval 7 day)
            and (
                requests.ended_at is null
                or {{ local_date('requests.ended_at') }}
                >= date_add(weeks.week_start, interval 7 day)
            )
    group by weeks.reviewer_user_id, weeks.week_start
),

final as (
    select
        -- ids
        {{ surrogate_key(['weeks.reviewer_user_id', 'weeks.week_start']) }}
            as reviewer_week_id,
        weeks.reviewer_user_id,

        -- strings
        users.github_login as reviewer_login,
        users.name as reviewer_name,

        -- numerics
        coalesce(given.review_count, 0) as review_count,
        coalesce(given.pull_request_count, 0) as pull_request_count,
        safe_divide(
            coalesce(given.review_count, 0),
            sum(given.review_count) over (partition by weeks.week_start)
        ) as review_share,
        given.avg_response_hours,
        given.p50_response_hours,
        given.p85_response_hours,
        coalesce(waiting.waiting_request_count, 0) as waiting_request_count,

        -- dates
        weeks.week_start
    from weeks
    inner join users on weeks.reviewer_user_id = users.user_id
    left join given
        on
            weeks.reviewer_user_id = given.reviewer_user_id
            and weeks.week_start = given.week_start
    left join waiting
        on
            weeks.reviewer_user_id = waiting.reviewer_user_id
            and weeks.week_start = waiting.week_start
)

select * from final

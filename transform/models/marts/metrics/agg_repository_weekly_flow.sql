{%- set measures = [
    'changed_lines', 'pickup_time_hours', 'review_time_hours',
    'open_to_merge_hours',
] %}
{%- set ages = ['open_age_hours'] %}

with

dates as (
    select * from {{ ref('dim_dates') }}
),

repositories as (
    select * from {{ ref('dim_repositories') }}
),

pull_requests as (
    select * from {{ ref('fct_pull_requests') }}
),

closures as (
    select * from {{ ref('int_pull_request_closures_spanned') }}
),

first_weeks as (
    select
        repository_id,
        min({{ week_of(local_date('created_at')) }}) as week_start
    from pull_requests
    group by repository_id
),

-- A week that is not over yet ends now.
weeks as (
    select distinct
        first_weeks.repository_id,
        dates.week_start,
        least(
            {{ start_of_day('date_add(dates.week_start, interval 7 day)') }},
            {{ as_of() }}
        ) as week_ends_at
    from dates
    inner join first_weeks on dates.week_start >= first_weeks.week_start
),

opened as (
    select
        repository_id,
        {{ week_of(local_date('created_at')) }} as week_start,
        countif(not is_by_bot) as opened_count,
        countif(is_by_bot) as bot_opened_count
    from pull_requests
    group by repository_id, week_start
),

closed as (
    select
        repository_id,
        {{ week_of(local_date('closed_at')) }} as week_start,
        countif(not is_by_bot) as closed_count,
        countif(is_by_bot) as bot_closed_count
    from pull_requests
    where state = 'closed'
    group by repository_id, week_start
),

merged as (
    select
        *,
        {{ week_of(local_date('merged_at')) }} as week_start
    from pull_requests
    where state = 'merged'
),

merged_percentiles as (
    select
        *,
        {{ percentile_columns(measures, ['repository_id', 'week_start']) }}
    from merged
    where not is_by_bot
),

merges as (
    select
        repository_id,
        week_start,
        count(*) as merged_count,
        countif(not is_merged_without_review) / count(*) as reviewed_share,
        {{ summary_columns(measures) }}
    from merged_percentiles
    group by repository_id, week_start
),

bot_merges as (
    select
        repository_id,
        week_start,
        count(*) as bot_merged_count
    from merged
    where is_by_bot
    group by repository_id, week_start
),

-- When each pull request was open: to its first closing, and from each
-- reopening to the next closing.
closings as (
    select
        pull_request_id,
        closed_at,
        lag(reopened_at) over closing_order as reopened_before_at,
        row_number() over closing_order as closing_number
    from closures
    window closing_order as (partition by pull_request_id order by closed_at)
),

last_closings as (
    select
        pull_request_id,
        max(reopened_at) as reopened_at,
        logical_or(reopened_at is null) as is_closed
    from closures
    group by pull_request_id
),

open_spans as (
    select
        pull_requests.repository_id,
        pull_requests.is_by_bot,
        pull_requests.created_at,
        if(
            closings.closing_number = 1,
            pull_requests.created_at,
            closings.reopened_before_at
        ) as opened_at,
        closings.closed_at
    from closings
    inner join pull_requests
        on closings.pull_request_id = pull_requests.pull_request_id

    union all

    select
        pull_requests.repository_id,
        pull_requests.is_by_bot,
        pull_requests.created_at,
        coalesce(last_closings.reopened_at, pull_requests.created_at)
            as opened_at,
        pull_requests.closed_at
    from pull_requests
    left join last_closings
        on pull_requests.pull_request_id = last_closings.pull_request_id
    where not coalesce(last_closings.is_closed, false)
),

-- Open at the end of the week, whatever happened before and after it.
open_pull_requests as (
    select
        weeks.repository_id,
        weeks.week_start,
        open_spans.is_by_bot,
        if(
            open_spans.is_by_bot,
            null,
            {{ hours_between('open_spans.created_at', 'weeks.week_ends_at') }}
        ) as open_age_hours
    from weeks
    inner join open_spans
        on
            weeks.repository_id = open_spans.repository_id
            and weeks.week_ends_at > open_spans.opened_at
            and (
                open_spans.closed_at is null
                or weeks.week_ends_at <= open_spans.closed_at
            )
),

open_percentiles as (
    select
        *,
        {{ percentile_columns(ages, ['repository_id', 'week_start']) }}
    from open_pull_requests
),

left_open as (
    select
        repository_id,
        week_start,
        countif(not is_by_bot) as open_count,
        countif(is_by_bot) as bot_open_count,
        {{ summary_columns(ages) }}
    from open_percentiles
    group by repository_id, week_start
),

final as (
    select
        -- ids
        {{ surrogate_key(['weeks.repository_id', 'weeks.week_start']) }}
            as repository_week_id,
        weeks.repository_id,

        -- strings
        repositories.repository_name,

        -- numerics
        coalesce(opened.opened_count, 0) as opened_count,
        coalesce(merges.merged_count, 0) as merged_count,
        coalesce(closed.closed_count, 0) as closed_count,
        coalesce(left_open.open_count, 0) as open_count,
        merges.reviewed_share,
        {{ summary_columns_of(measures, 'merges') }}
        {{ summary_columns_of(ages, 'left_open') }}
        coalesce(opened.bot_opened_count, 0) as bot_opened_count,
        coalesce(bot_merges.bot_merged_count, 0) as bot_merged_count,
        coalesce(closed.bot_closed_count, 0) as bot_closed_count,
        coalesce(left_open.bot_open_count, 0) as bot_open_count,

        -- dates
        weeks.week_start
    from weeks
    left join repositories
        on weeks.repository_id = repositories.repository_id
    {% for counts in [
        'opened', 'merges', 'closed', 'bot_merges', 'left_open',
    ] -%}
        left join {{ counts }}
            on
                weeks.repository_id = {{ counts }}.repository_id
                and weeks.week_start = {{ counts }}.week_start
    {% endfor %}
)

select * from final

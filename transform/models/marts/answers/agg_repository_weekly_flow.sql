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

first_weeks as (
    select
        repository_id,
        min({{ week_of(local_date('created_at')) }}) as week_start
    from pull_requests
    group by repository_id
),

weeks as (
    select distinct
        first_weeks.repository_id,
        dates.week_start
    from dates
    inner join first_weeks on dates.week_start >= first_weeks.week_start
),

opened as (
    select
        repository_id,
        {{ week_of(local_date('created_at')) }} as week_start,
        count(*) as opened_count
    from pull_requests
    group by repository_id, week_start
),

closed as (
    select
        repository_id,
        {{ week_of(local_date('closed_at')) }} as week_start,
        count(*) as closed_count
    from pull_requests
    where state = 'closed'
    group by repository_id, week_start
),

merged as (
    select
        repository_id,
        {{ week_of(local_date('merged_at')) }} as week_start,
        changed_lines,
        is_merged_without_review,
        pickup_time_hours,
        review_time_hours,
        open_to_merge_hours
    from pull_requests
    where state = 'merged'
),

merged_percentiles as (
    select
        *,
        {{ percentile('changed_lines', 0.5, ['repository_id', 'week_start']) }}
            as p50_changed_lines,
        {{ percentile('changed_lines', 0.85, ['repository_id', 'week_start']) }}
            as p85_changed_lines,
    {% for measure in ['pickup_time', 'review_time', 'open_to_merge'] -%}
    {% for share, name in [(0.5, 'p50'), (0.85, 'p85')] -%}
        {{ percentile(
            measure ~ '_hours', share, ['repository_id', 'week_start']
        ) }} as {{ name }}_{{ measure }}_hours
        {{- "," if not (loop.last and measure == 'open_to_merge') }}
    {% endfor -%}
    {% endfor %}
    from merged
),

merges as (
    select
        repository_id,
        week_start,
        count(*) as merged_count,
        countif(not is_merged_without_review) / count(*) as reviewed_share,
        avg(changed_lines) as avg_changed_lines,
        {% for measure in ['pickup_time', 'review_time', 'open_to_merge'] -%}
            avg({{ measure }}_hours) as avg_{{ measure }}_hours,
            max(p50_{{ measure }}_hours) as p50_{{ measure }}_hours,
            max(p85_{{ measure }}_hours) as p85_{{ measure }}_hours,
        {% endfor -%}
        max(p50_changed_lines) as p50_changed_lines,
        max(p85_changed_lines) as p85_changed_lines
    from merged_percentiles
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
        merges.reviewed_share,
        merges.avg_changed_lines,
        merges.p50_changed_lines,
        merges.p85_changed_lines,
        merges.avg_pickup_time_hours,
        merges.p50_pickup_time_hours,
        merges.p85_pickup_time_hours,
        merges.avg_review_time_hours,
        merges.p50_review_time_hours,
        merges.p85_review_time_hours,
        merges.avg_open_to_merge_hours,
        merges.p50_open_to_merge_hours,
        merges.p85_open_to_merge_hours,

        -- dates
        weeks.week_start
    from weeks
    left join repositories
        on weeks.repository_id = repositories.repository_id
    left join opened
        on
            weeks.repository_id = opened.repository_id
            and weeks.week_start = opened.week_start
    left join merges
        on
            weeks.repository_id = merges.repository_id
            and weeks.week_start = merges.week_start
    left join closed
        on
            weeks.repository_id = closed.repository_id
            and weeks.week_start = closed.week_start
)

select * from final

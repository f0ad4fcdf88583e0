-- depends_on: {{ ref('stg_linear__issues') }}
-- depends_on: {{ ref('stg_github__pull_requests') }}
{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key='daily_commit_id',
        on_schema_change='append_new_columns',
        partition_by={
            'field': 'commit_date', 'data_type': 'date', 'granularity': 'month'
        },
        cluster_by=['repository_id'],
        post_hook="{{ delete_vanished_daily_commits() }}"
    )
}}

with

commits as (
    select
        *,
        {{ local_date('committed_at') }} as commit_date
    from {{ ref('int_commits_attributed') }}
),

{% if is_incremental() %}

-- The days to count again: the last ones, each that a commit was loaded into
-- since the last build, however old it is, and each on which a commit or its
-- author is another than then.
    built as (
        select max(last_batched_at) as last_batched_at from {{ this }}
    ),

    counts as (
        select
            repository_id,
            commit_date,
            author_key,
            count(*) as commit_count,
            max(batched_at) as batched_at
        from commits
        group by repository_id, commit_date, author_key
    ),

    days as (
        select distinct
            counts.repository_id,
            counts.commit_date
        from counts
        cross join built
        left join {{ this }} as daily
            on
                counts.repository_id = daily.repository_id
                and counts.commit_date = daily.commit_date
                and counts.author_key = daily.author_key
        where
            counts.commit_date >= date_sub(
                {{ local_date(as_of()) }},
                interval {{ var('commits_lookback_days') }} day
            )
            or built.last_batched_at is null
            or counts.batched_at >= built.last_batched_at
            or daily.commit_count is null
            or daily.commit_count != counts.commit_count
    ),

    counted as (
        select commits.*
        from commits
        inner join days
            on
                commits.repository_id = days.repository_id
                and commits.commit_date = days.commit_date
    ),

{% else %}

counted as (
    select * from commits
),

{% endif %}

final as (
    select
        -- ids
        {{ surrogate_key(['commit_date', 'repository_id', 'author_key']) }}
            as daily_commit_id,
        repository_id,
        author_key,

        -- strings
        max(author_user_id) as author_user_id,
        max(author_name) as author_name,

        -- numerics
        count(*) as commit_count,
        coalesce(sum(additions), 0) as additions,
        coalesce(sum(deletions), 0) as deletions,
        coalesce(sum(changed_files), 0) as changed_files,

        -- booleans
        logical_or(is_bot) as is_bot,

        -- dates
        commit_date,

        -- timestamps
        min(committed_at) as first_commit_at,
        max(committed_at) as last_commit_at,
        max(batched_at) as last_batched_at
    from counted
    group by commit_date, repository_id, author_key
)

select * from final

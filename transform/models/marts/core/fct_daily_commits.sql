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

{%- set columns = [
    'daily_commit_id', 'repository_id', 'author_key', 'author_user_id',
    'author_name', 'commit_count', 'additions', 'deletions', 'changed_files',
    'is_bot', 'commit_date', 'first_commit_at', 'last_commit_at',
    'last_batched_at',
] %}

with

commits as (
    select
        *,
        {{ local_date('committed_at') }} as commit_date
    from {{ ref('int_commits_attributed') }}
),

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
    from commits
    group by commit_date, repository_id, author_key
)

select * from final

{% if is_incremental() and has_columns(this, columns) -%}
    -- Only the rows that differ are written, whatever made them differ: new,
    -- late or amended commits, or another name, identity or var.
    except distinct

    select {{ columns | join(', ') }} from {{ this }}
{%- endif %}

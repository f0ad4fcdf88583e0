-- GitHub accounts that look like bots although GitHub says that they are
-- people: by their login, or because most of their responses come within a
-- minute after a pull request was opened, made ready or pushed to.
with

people as (
    select * from {{ ref('int_people') }}
    where github_user_id is not null and not is_bot
),

responses as (
    select * from {{ ref('int_responses') }}
    where responder_id is not null
),

triggers as (
    select
        pull_request_id,
        ready_at as happened_at
    from {{ ref('int_pull_request_drafts_spanned') }}

    union distinct

    select
        pull_request_id,
        created_at as happened_at
    from {{ ref('stg_github__pull_requests') }}
    where not is_deleted

    union distinct

    select
        pull_request_id,
        pushed_at as happened_at
    from {{ ref('int_pull_request_pushes') }}
),

timeline as (
    select
        pull_request_id,
        responder_id,
        responded_at as happened_at,
        false as is_trigger
    from responses

    union all

    select
        pull_request_id,
        cast(null as int64) as responder_id,
        happened_at,
        true as is_trigger
    from triggers
),

delayed as (
    select
        responder_id,
        is_trigger,
        timestamp_diff(
            happened_at,
            max(if(is_trigger, happened_at, null)) over (
                partition by pull_request_id
                order by happened_at
                range between unbounded preceding and current row
            ),
            second
        ) as delay_seconds
    from timeline
),

counted as (
    select
        responder_id,
        count(*) as response_count,
        countif(delay_seconds <= 60) as quick_response_count
    from delayed
    where not is_trigger
    group by responder_id
)

select
    people.user_id,
    people.github_login,
    coalesce(counted.response_count, 0) as response_count,
    coalesce(counted.quick_response_count, 0) as quick_response_count
from people
left join counted on people.github_user_id = counted.responder_id
where
    regexp_contains(lower(people.github_login), r'(bot|-ci)$')
    -- One or two quick responses prove nothing.
    or (
        counted.response_count >= 3
        and counted.quick_response_count > counted.response_count / 2
    )

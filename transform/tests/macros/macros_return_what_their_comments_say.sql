{{ config(tags=['macros']) }}

-- One row per statement about a macro; the test returns the false ones.
with

claims as (
    select
        'the keys of null and of an empty string differ' as claim,
        {{ surrogate_key(['cast(null as string)', "'a'"]) }}
        != {{ surrogate_key(["''", "'a'"]) }} as holds
    union all
    select
        'the keys of the same text with other parts differ' as claim,
        {{ surrogate_key(["'ab'", "'c'"]) }}
        != {{ surrogate_key(["'a'", "'bc'"]) }} as holds
    union all
    select
        'a key is 32 digits' as claim,
        regexp_contains({{ surrogate_key(['1']) }}, r'^[0-9a-f]{32}$') as holds
    union all
    select
        'half an hour is 0.5' as claim,
        {{ hours_between(
            "timestamp '2024-01-01 00:00:00'", "timestamp '2024-01-01 00:30:00'"
        ) }} = 0.5 as holds
    union all
    select
        'no time is 0 hours' as claim,
        {{ hours_between(
            "timestamp '2024-01-01 00:00:00'", "timestamp '2024-01-01 00:00:00'"
        ) }} = 0 as holds
    union all
    select
        'an end 60 seconds before its start is 0 hours' as claim,
        {{ hours_between(
            "timestamp '2024-01-01 00:01:00'", "timestamp '2024-01-01 00:00:00'"
        ) }} = 0 as holds
    union all
    select
        'an end 61 seconds before its start is null' as claim,
        {{ hours_between(
            "timestamp '2024-01-01 00:01:01'", "timestamp '2024-01-01 00:00:00'"
        ) }} is null as holds
    union all
    select
        'without a start the hours are null' as claim,
        {{ hours_between(
            'cast(null as timestamp)', "timestamp '2024-01-01 00:00:00'"
        ) }} is null as holds
    union all
    select
        'without an end the hours are null' as claim,
        {{ hours_between(
            "timestamp '2024-01-02 00:00:00'", 'cast(null as timestamp)'
        ) }} is null as holds
    union all
    select
        'a month begins on its first day' as claim,
        {{ month_of("date '2024-02-29'") }} = date '2024-02-01' as holds
    union all
    select
        'the first day of a month is in its month' as claim,
        {{ month_of("date '2024-02-01'") }} = date '2024-02-01' as holds
    union all
    select
        'a day begins at its own start' as claim,
        {{ local_date(start_of_day("date '2024-03-31'")) }}
        = date '2024-03-31' as holds
    {%- if var('reporting_time_zone') == 'UTC' %}
        union all
        select
            'a day in UTC ends at midnight' as claim,
            {{ local_date("timestamp '2024-03-31 23:59:59+00'") }}
            = date '2024-03-31' as holds
    {%- elif var('reporting_time_zone') == 'Europe/Berlin' %}
        union all
        select
            'a summer day in Berlin ends at 22:00 UTC' as claim,
            {{ local_date("timestamp '2024-07-31 22:00:00+00'") }}
            = date '2024-08-01' as holds
    {%- endif %}
    {%- if var('week_start') == 'monday' %}
        union all
        select
            'a Sunday ends its week' as claim,
            {{ week_of("date '2024-01-07'") }} = date '2024-01-01' as holds
        union all
        select
            'a Monday begins its week' as claim,
            {{ week_of("date '2024-01-08'") }} = date '2024-01-08' as holds
    {%- endif %}
    union all
    select
        'a type Bot is a bot' as claim,
        {{ is_bot("'renovate'", "'Bot'") }} as holds
    union all
    select
        'a login that ends in [bot] is a bot' as claim,
        {{ is_bot("'Renovate[Bot]'", "'User'") }} as holds
    union all
    select
        'a person with the login bot is not a bot' as claim,
        not{{ is_bot("'bot-lover'", "'User'") }} as holds
    union all
    select
        'a deleted account is not a bot' as claim,
        not{{ is_bot('cast(null as string)', 'cast(null as string)') }}
            as holds
    union all
    select
        'an address is compared in lower case' as claim,
        {{ normalized_email("' Ada@X.io '") }} = 'ada@x.io' as holds
    union all
    select
        'an empty address is null' as claim,
        {{ normalized_email("' '") }} is null as holds
    union all
    select
        'a no-reply address contains an ID' as claim,
        {{ noreply_account_id("'123+Ada@users.noreply.github.com'") }}
        = 123 as holds
    union all
    select
        'a no-reply address without an ID has no account' as claim,
        {{ noreply_account_id("'ada@users.noreply.github.com'") }}
        is null as holds
    union all
    select
        'a plus in another address is not an ID' as claim,
        {{ noreply_account_id("'123+ada@x.io'") }} is null as holds
    union all
    select
        'identifiers are found in any case' as claim,
        to_json_string({{ issue_identifiers("'ada/eng-12-x ENG-3, (a1-4)'") }})
        = '["ENG-12","ENG-3","A1-4"]' as holds
    union all
    select
        'a null has no identifiers' as claim,
        array_length({{ issue_identifiers('cast(null as string)') }})
        = 0 as holds
    union all
    select
        'an identifier ends before anything but a letter or a digit' as claim,
        to_json_string({{ issue_identifiers("'ben_eng-10_fix eng-1_2'") }})
        = '["ENG-10","ENG-1"]' as holds
    union all
    select
        'two identifiers may share what separates them' as claim,
        to_json_string({{ issue_identifiers("'ENG-1,ENG-2-ENG-3/ENG-4'") }})
        = '["ENG-1","ENG-2","ENG-3","ENG-4"]' as holds
    union all
    select
        'a letter next to an identifier makes it another word' as claim,
        array_length(
            {{ issue_identifiers("'ENG-12x 7-3 -4 größe-12 ENG-5é'") }}
        ) = 0 as holds
),

vectors as (
    select
        'given' as series,
        amount
    from unnest([1000, 433, 343, 332, 202, 90, 42, 33]) as amount
    union all
    select
        'equal' as series,
        amount
    from unnest([5, 5, 5]) as amount
    union all
    select
        'one' as series,
        amount
    from unnest([7]) as amount
    union all
    select
        'all_to_one' as series,
        amount
    from unnest([0, 0, 0, 10]) as amount
    union all
    select
        'nothing' as series,
        amount
    from unnest([0, 0]) as amount
),

ranked as (
    select
        series,
        amount,
        row_number() over (partition by series order by amount) as amount_rank,
        sum(amount) over (partition by series) as total,
        sum(amount) over (
            partition by series
            order by amount desc
            rows between unbounded preceding and current row
        ) - amount as before,
        {{ percentile('amount', 0.5, ['series']) }} as median
    from vectors
),

statistics as (
    select
        series,
        {{ gini('amount', 'amount_rank') }} as gini,
        {{ bus_factor('amount', 'before', 'total') }} as bus_factor,
        max(median) as median
    from ranked
    group by series
),

expected as (
    select
        'given' as series,
        0.4855050505050505 as gini,
        2 as bus_factor,
        267.0 as median
    union all
    select
        'equal' as series,
        0.0 as gini,
        2 as bus_factor,
        5.0 as median
    union all
    select
        'one' as series,
        0.0 as gini,
        1 as bus_factor,
        7.0 as median
    union all
    select
        'all_to_one' as series,
        0.75 as gini,
        1 as bus_factor,
        0.0 as median
    union all
    select
        'nothing' as series,
        cast(null as float64) as gini,
        0 as bus_factor,
        0.0 as median
)

select claim
from claims
where holds is not true

union all

select 'statistics of ' || expected.series as claim
from expected
left join statistics on expected.series = statistics.series
where
    (
        coalesce(
            abs(statistics.gini - expected.gini) < 1e-12,
            statistics.gini is null and expected.gini is null
        )
        and statistics.bus_factor = expected.bus_factor
        and statistics.median = expected.median
    ) is not true

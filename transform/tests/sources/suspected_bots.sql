{{ config(severity='warn') }}

-- Accounts that look like bots and count as people. Add the login of a bot to
-- the var bot_logins.
select
    suspected.github_login,
    suspected.response_count,
    suspected.quick_response_count,
    people.name
from {{ ref('int_suspected_bots') }} as suspected
inner join {{ ref('int_people') }} as people
    on suspected.user_id = people.user_id

-- The six kinds in one view. Not generated: it joins what the generated views
-- read.
with

calls as (
    select
        engagement_id,
        'call' as engagement_type,
        hubspot_owner_id as owner_id,
        hs_call_title as title,
        lower(hs_call_direction) as direction,
        hs_call_status as status,
        hs_call_disposition as outcome,
        cast(null as string) as channel,
        hs_engagement_source as engagement_source,
        hs_call_duration / 60000 as minutes,
        coalesce(is_archived, false) as is_archived,
        is_deleted,
        hs_timestamp as happened_at,
        hs_createdate as created_at
    from {{ ref('stg_hubspot__calls') }}
),

emails as (
    select
        engagement_id,
        'email' as engagement_type,
        hubspot_owner_id as owner_id,
        hs_email_subject as title,
        case
            when hs_email_direction = 'INCOMING_EMAIL' then 'inbound'
            when hs_email_direction in ('EMAIL', 'FORWARDED_EMAIL')
                then 'outbound'
        end as direction,
        hs_email_status as status,
        cast(null as string) as outcome,
        cast(null as string) as channel,
        hs_engagement_source as engagement_source,
        cast(null as float64) as minutes,
        coalesce(is_archived, false) as is_archived,
        is_deleted,
        hs_timestamp as happened_at,
        hs_createdate as created_at
    from {{ ref('stg_hubspot__emails') }}
),

meetings as (
    select
        engagement_id,
        'meeting' as engagement_type,
        hubspot_owner_id as owner_id,
        hs_meeting_title as title,
        cast(null as string) as direction,
        cast(null as string) as status,
        hs_meeting_outcome as outcome,
        hs_meeting_location_type as channel,
        hs_engagement_source as engagement_source,
        timestamp_diff(
            hs_meeting_end_time, hs_meeting_start_time, second
        ) / 60 as minutes,
        coalesce(is_archived, false) as is_archived,
        is_deleted,
        coalesce(hs_meeting_start_time, hs_timestamp) as happened_at,
        hs_createdate as created_at
    from {{ ref('stg_hubspot__meetings') }}
),

notes as (
    select
        engagement_id,
        'note' as engagement_type,
        hubspot_owner_id as owner_id,
        cast(null as string) as title,
        cast(null as string) as direction,
        cast(null as string) as status,
        cast(null as string) as outcome,
        cast(null as string) as channel,
        hs_engagement_source as engagement_source,
        cast(null as float64) as minutes,
        coalesce(is_archived, false) as is_archived,
        is_deleted,
        hs_timestamp as happened_at,
        hs_createdate as created_at
    from {{ ref('stg_hubspot__notes') }}
),

tasks as (
    select
        engagement_id,
        'task' as engagement_type,
        hubspot_owner_id as owner_id,
        hs_task_subject as title,
        cast(null as string) as direction,
        hs_task_status as status,
        cast(null as string) as outcome,
        hs_task_type as channel,
        hs_engagement_source as engagement_source,
        cast(null as float64) as minutes,
        coalesce(is_archived, false) as is_archived,
        is_deleted,
        hs_timestamp as happened_at,
        hs_createdate as created_at
    from {{ ref('stg_hubspot__tasks') }}
),

communications as (
    select
        engagement_id,
        'communication' as engagement_type,
        hubspot_owner_id as owner_id,
        cast(null as string) as title,
        cast(null as string) as direction,
        cast(null as string) as status,
        cast(null as string) as outcome,
        hs_communication_channel_type as channel,
        hs_engagement_source as engagement_source,
        cast(null as float64) as minutes,
        coalesce(is_archived, false) as is_archived,
        is_deleted,
        hs_timestamp as happened_at,
        hs_createdate as created_at
    from {{ ref('stg_hubspot__communications') }}
),

final as (
    select * from calls
    union all
    select * from emails
    union all
    select * from meetings
    union all
    select * from notes
    union all
    select * from tasks
    union all
    select * from communications
)

select * from final

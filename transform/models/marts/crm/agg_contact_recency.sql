{%- set kinds = ['call', 'email', 'meeting', 'communication'] -%}
{%- set windows = [30, 90, 365] -%}

with

contacts as (
    select * from {{ ref('dim_contacts') }}
    where not is_archived and not is_deleted
),

touches as (
    select
        *,
        {{ user_date('happened_at') }} as touch_day
    from {{ ref('int_touches') }}
    where object_type = 'contacts'
),

planned as (
    select
        bridge.record_id as contact_id,
        min(engagements.happened_at) as next_planned_at
    from {{ ref('fct_engagements') }} as engagements
    inner join {{ ref('bridge_engagements_records') }} as bridge
        on engagements.engagement_key = bridge.engagement_key
    where
        engagements.is_planned
        and bridge.record_type = 'contacts'
        and coalesce(engagements.outcome, '')
        not in ('CANCELED', 'CANCELLED', 'NO_SHOW', 'RESCHEDULED')
        and coalesce(engagements.status, '')
        not in ('COMPLETED', 'CANCELED', 'DEFERRED')
    group by bridge.record_id
),

today as (
    select {{ user_date(as_of()) }} as today
),

touched as (
    select
        touches.record_id as contact_id,
        count(*) as touch_count,
        {%- for days in windows %}
            countif(
                touches.touch_day
                > date_sub(today.today, interval {{ days }} day)
            ) as touches_{{ days }}d,
        {%- endfor %}
        {%- for kind in kinds %}
            min(
                if(
                    touches.engagement_type = '{{ kind }}',
                    touches.happened_at,
                    null
                )
            ) as first_{{ kind }}_at,
            max(
                if(
                    touches.engagement_type = '{{ kind }}',
                    touches.happened_at,
                    null
                )
            ) as last_{{ kind }}_at,
        {%- endfor %}
        min(touches.happened_at) as first_touch_at,
        max(touches.happened_at) as last_touch_at,
        max(touches.touch_day) as last_touch_day
    from touches
    cross join today
    group by touches.record_id
),

aged as (
    select
        contacts.contact_id,
        contacts.company_id,
        contacts.owner_id,
        contacts.contact_name,
        contacts.company_name,
        contacts.owner_email,
        contacts.url,
        touched.* except (contact_id),
        planned.next_planned_at,
        date_diff(today.today, touched.last_touch_day, day)
            as days_since_last_touch
    from contacts
    cross join today
    left join touched on contacts.contact_id = touched.contact_id
    left join planned on contacts.contact_id = planned.contact_id
),

final as (
    select
        -- ids
        contact_id,
        company_id,
        owner_id,

        -- strings
        contact_name,
        company_name,
        owner_email,
        url,
        case
            when days_since_last_touch is null then 'never'
            when days_since_last_touch <= 30 then '0-30'
            when days_since_last_touch <= 90 then '31-90'
            when days_since_last_touch <= 180 then '91-180'
            when days_since_last_touch <= 365 then '181-365'
            else 'over 365'
        end as bucket,

        -- numerics
        days_since_last_touch,
        coalesce(touch_count, 0) as touch_count,
        {%- for days in windows %}
            coalesce(touches_{{ days }}d, 0) as touches_{{ days }}d,
        {%- endfor %}

        -- timestamps
        first_touch_at,
        last_touch_at,
        {%- for kind in kinds %}
            first_{{ kind }}_at,
            last_{{ kind }}_at,
        {%- endfor %}
        next_planned_at
    from aged
)

select * from final

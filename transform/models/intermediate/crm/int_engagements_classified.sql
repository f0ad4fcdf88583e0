with

engagements as (
    select * from {{ ref('stg_hubspot__engagements') }}
    where not is_deleted and not is_archived
),

associations as (
    select * from {{ ref('int_associations_resolved') }}
),

now as (
    select {{ as_of() }} as now_at
),

counted as (
    select
        from_object_type,
        from_id,
        countif(to_object_type = 'contacts') as contact_count,
        countif(to_object_type = 'companies') as company_count,
        countif(to_object_type = 'deals') as deal_count
    from associations
    group by from_object_type, from_id
),

classified as (
    select
        engagements.*,
        concat(engagements.engagement_type, 's') as object_type,
        engagements.happened_at > now.now_at as is_planned,
        coalesce(
            case
                -- Nobody knows whether it is over.
                when engagements.happened_at is null then false
                when engagements.happened_at > now.now_at then false
                when engagements.engagement_type = 'call'
                    then engagements.status = 'COMPLETED'
                when engagements.engagement_type = 'meeting'
                    then coalesce(engagements.outcome, '') not in (
                        'CANCELED', 'CANCELLED', 'NO_SHOW', 'RESCHEDULED'
                    )
                when engagements.engagement_type = 'email'
                    then
                        engagements.direction is not null
                        and (
                            engagements.direction = 'inbound'
                            or coalesce(engagements.status, 'SENT') = 'SENT'
                        )
                        and not starts_with(
                            coalesce(upper(engagements.engagement_source), ''),
                            'MARKETING'
                        )
                when engagements.engagement_type = 'communication'
                    then true
            end,
            false
        ) as is_touch
    from engagements
    cross join now
),

final as (
    select
        classified.engagement_id,
        classified.engagement_type,
        classified.owner_id,
        classified.title,
        classified.direction,
        classified.status,
        classified.outcome,
        classified.channel,
        classified.engagement_source,
        classified.object_type,
        classified.minutes,
        classified.is_archived,
        classified.is_deleted,
        classified.is_planned,
        classified.is_touch,
        classified.happened_at,
        classified.created_at,
        coalesce(counted.contact_count, 0) as contact_count,
        coalesce(counted.company_count, 0) as company_count,
        coalesce(counted.deal_count, 0) as deal_count
    from classified
    left join counted
        on
            classified.object_type = counted.from_object_type
            and classified.engagement_id = counted.from_id
)

select * from final

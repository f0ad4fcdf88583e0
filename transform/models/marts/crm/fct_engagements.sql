with

engagements as (
    select * from {{ ref('int_engagements_classified') }}
),

final as (
    select
        -- ids
        {{ surrogate_key(['engagement_type', 'engagement_id']) }}
            as engagement_key,
        engagement_id,
        owner_id,

        -- strings
        engagement_type,
        title,
        direction,
        status,
        outcome,
        channel,

        -- numerics
        minutes,
        contact_count,
        company_count,
        deal_count,

        -- booleans
        is_touch,
        coalesce(is_planned, false) as is_planned,

        -- timestamps
        happened_at
    from engagements
)

select * from final

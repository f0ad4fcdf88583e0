-- The company with the primary label, otherwise the only one that belongs to
-- the record.
with

associations as (
    select * from {{ ref('int_associations_resolved') }}
    where
        from_object_type in ('contacts', 'deals')
        and to_object_type = 'companies'
),

counted as (
    select
        *,
        count(*) over (partition by from_object_type, from_id) as company_count
    from associations
),

final as (
    select
        from_object_type as object_type,
        from_id as record_id,
        to_id as company_id
    from counted
    where is_primary or company_count = 1
    qualify
        row_number() over (
            partition by from_object_type, from_id
            order by is_primary desc, to_id asc
        ) = 1
)

select * from final

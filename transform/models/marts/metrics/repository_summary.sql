-- The former name of agg_repositories. With full_refresh, dbt replaces
-- the table that had this name.
{{ config(materialized='view', full_refresh=true) }}

select * from {{ ref('agg_repositories') }}  -- noqa: AM04

-- The former name of agg_contributors. With full_refresh, dbt replaces
-- the table that had this name.
{{ config(materialized='view', full_refresh=true) }}

select * from {{ ref('agg_contributors') }}  -- noqa: AM04

-- Each generic test over a relation with a known number of faults.
{%- set rows %}(
    select 1 as id, 'a' as name, timestamp '2024-01-01 00:00:00' as seen_at
    union all select 1, 'b', null
    union all select null, null, null
){%- endset %}
{%- set sound %}(
    select 1 as id, 'a' as name, current_timestamp() as seen_at
){%- endset %}
{#- It finds nothing where the parents' table does not exist: GitHub alone. -#}
{%- set parents = 1 if _table_exists(source('linear', 'issues')) else 0 %}
{%- set cases = [
    ('key: a repeat and a null', 2, test_key(rows, ['id'])),
    ('key: none', 0, test_key(sound, ['id'])),
    ('references: one without its row', 1, test_references(rows, [
        {'column': 'name', 'model': "(select 'a' as name)", 'field': 'name'},
    ])),
    ('references: only where it must', 0, test_references(rows, [
        {
            'column': 'name', 'model': "(select 'a' as name)", 'field': 'name',
            'where': "child.name != 'b'",
        },
    ])),
    ('references: to a model that is empty', 0, test_references(rows, [
        {'column': 'name', 'model': "(select 'a' as name limit 0)", 'field': 'name'},
    ])),
    ('ranges: below', 2, test_ranges(rows, [{'columns': ['id'], 'min': 2}])),
    ('ranges: above', 2, test_ranges(rows, [{'columns': ['id'], 'max': 0}])),
    ('ranges: at both ends', 0, test_ranges(rows, [
        {'columns': ['id'], 'min': 1, 'max': 1},
    ])),
    ('values_among: another one', 1, test_values_among(rows, {'name': ['a']})),
    ('expressions: one of two', 1, test_expressions(rows, ['id = 1', "name = 'a'"])),
    ('parent_is_loaded: a child without its parent', parents, test_parent_is_loaded(
        sound, 'name', "(select 'b' as name)", 'name', source('linear', 'issues')
    )),
    ('parent_is_loaded: a child with its parent', 0, test_parent_is_loaded(
        sound, 'name', "(select 'a' as name)", 'name', source('linear', 'issues')
    )),
    ('recency: old', 1, test_recency(rows, 'seen_at', 1)),
    ('recency: new', 0, test_recency(sound, 'seen_at', 1)),
] %}

with

counts as (
    {%- for name, expected, query in cases %}
        select
            {{ dbt.string_literal(name) }} as test_name,
            {{ expected }} as expected,
            count(*) as found
        from ({{ query }}) as faults
        {{ "union all" if not loop.last }}
    {%- endfor %}
)

select * from counts
where found != expected

-- At the end, because some of the tests above set their own severity.
{{ config(tags=['macros'], severity='error') }}

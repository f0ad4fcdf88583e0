"""The local BigQuery skips work that nobody needs, and answers as before."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import TYPE_CHECKING

import duckdb
import pytest
import requests
import sqlglot
from bqemulator import server
from bqemulator.config import PersistenceMode, Settings
from bqemulator.jobs import executor
from bqemulator.scripting import parser
from bqemulator.storage.engine import CATALOG_SCHEMA, SNAPSHOTS_SCHEMA

from sandbox import confined, lean, warehouse
from sandbox.bigquery import HEALTH_PATH
from sandbox.bigquery_serve import NoGrpc
from sandbox.testing import LocalBigQuery, free_port

if TYPE_CHECKING:
    from pathlib import Path

    from bqemulator.scripting.ast import Script, Statement

SQL = "select a, b from t where a > 1"


def test_a_tree_that_one_reader_changes_is_whole_for_the_next() -> None:
    first = lean.parse_one(SQL, read="bigquery")
    first.set("where", None)
    second = lean.parse_one(SQL, read="bigquery")
    assert second.sql("bigquery").lower() == SQL


def test_a_text_is_parsed_once_for_each_dialect() -> None:
    sql = 'select "x" from t_of_this_test'
    lean.parse_one(sql, read="bigquery")
    before = lean._parse_once.cache_info()
    lean.parse_one(sql, read="bigquery")
    after = lean._parse_once.cache_info()
    assert (after.hits, after.misses) == (before.hits + 1, before.misses)
    # A text in BigQuery, a column's name in DuckDB.
    assert lean.parse_one(sql, read="bigquery") != lean.parse_one(sql, read="duckdb")


def test_a_result_is_read_without_pandas() -> None:
    code = (
        "import pyarrow; from sandbox import lean; lean.lighten();"
        "print(pyarrow.table({'a': [1]}).to_pylist(), pyarrow.array([1.5])[0])"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


STATEMENTS = (
    "select 1",
    "/* {'app': 'dbt'} */\n\n  with a as (select 1 as b) select b from a",
    "WITH RECURSIVE a AS (SELECT 1) SELECT * FROM a",
    "(select 1)",
    "create table d.t as select 1 as a",
    "create or replace view d.v as with a as (select 1 as b) select b from a",
    "insert into d.t select 1",
    "merge d.t using d.u on false when not matched then insert row",
    "/* select */ drop table d.t",
    "drop function if exists d.f",
    "selected",
)


def test_a_statement_has_the_kind_that_parsing_it_gives_but_no_query_is_parsed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def kinds() -> list[tuple[str, object]]:
        classify = executor.classify_statement_type
        # The executor calls what it imported: that name is what the sandbox replaces.
        drop = executor.detect_drop_routine  # type: ignore[attr-defined]
        return [(classify(sql), drop(sql, "p")) for sql in STATEMENTS]

    expected = kinds()
    assert expected[0] == ("SELECT", None)
    assert expected[-2][1] is not None
    monkeypatch.setattr(sqlglot, "parse_one", lean.parse_one)
    lean._parse_once.cache_clear()
    assert kinds() == expected
    parsed = sum(not lean._QUERY.match(sql) for sql in STATEMENTS)
    assert lean._parse_once.cache_info().misses == parsed == len(STATEMENTS) - 3


SCRIPTS = (
    *STATEMENTS,
    'select \';\' as a, "\\";" as b, `c;` as d -- e; f\n# g;\nfrom t /* h; */ -- i',
    "select r'\\d' as a, 4 / 2 - -1 as b",
    "select 1; select 2",
    "select 1;",
    "select 'a';\nselect 'b'",
    "select '''it's'''; select '''c'd'''",
    "select '--'; select '/*'; select '*/'",
    "select 1 -- a '\n; select 2",
    "select begin_at from t",
    "begin select 1; end",
    "create or replace table function d.f() as select 1 as a",
)
UNCLOSED = ("select 'a", "select `a", "select 'a\\'", "select 1 /* a")


@pytest.mark.parametrize("sql", SCRIPTS)
def test_a_script_has_the_statements_that_parsing_it_gives(sql: str) -> None:
    def kinds(script: Script) -> list[type[Statement]]:
        return [type(statement) for statement in script.statements]

    assert kinds(lean.parse_script(sql)) == kinds(parser.parse_script(sql))


@pytest.mark.parametrize("sql", UNCLOSED)
def test_what_is_not_closed_is_left_to_the_parser(sql: str) -> None:
    assert not lean._ONE_STATEMENT.match(sql)


def test_no_copy_of_a_table_no_job_and_no_id_of_a_request_is_kept(
    tmp_path: Path,
) -> None:
    with LocalBigQuery(tmp_path / "data") as local:
        client = warehouse.client(local.endpoint, local.project, None)
        client.create_dataset("d")
        for sql in (
            "create table d.t (a int64)",
            "insert into d.t values (1), (2)",
            "update d.t set a = 3 where a = 2",
        ):
            client.query(sql).result()
        assert [row.a for row in client.query("select a from d.t order by a")] == [1, 3]
        health = requests.get(f"{local.endpoint}{HEALTH_PATH}", timeout=30)
        # The header of a middleware that only the log would use.
        assert health.ok
        assert "x-correlation-id" not in health.headers
    (database,) = (tmp_path / "data").rglob("*.duckdb")
    with duckdb.connect(str(database), read_only=True) as connection:
        found = connection.execute("select schema_name from duckdb_tables()").fetchall()
        jobs = f'select count(*) from "{CATALOG_SCHEMA}".jobs'  # noqa: S608 - its name
        assert connection.execute(jobs).fetchone() == (0,)
    schemas = {schema for (schema,) in found}
    assert schemas
    assert SNAPSHOTS_SCHEMA not in schemas


READ_AND_WRITTEN = (
    "create schema if not exists d",
    "create or replace table d.t (a int64, b array<struct<c string>>)",
    "insert into d.t values (1, [struct('x')]), (2, [])",
    "update d.t set a = 3 where a = 2",
    "create or replace view d.v options (description = 'all') as select * from d.t",
    "create or replace table d.u as select v.*, each.c from d.v, unnest(v.b) as each",
    "drop table d.u",
    "drop view d.v",
)


def test_what_reads_a_shared_tree_leaves_it_as_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In this process, which can look at the trees afterwards."""
    monkeypatch.setattr(sqlglot, "parse_one", lean.parse_one)
    monkeypatch.setattr(server, "DuckDBEngine", confined.Engine)
    monkeypatch.setattr(server, "build_grpc_server", lambda _context: (NoGrpc(), 0))

    def ask(url: str) -> None:
        client = warehouse.client(url, "throughline-test", None)
        for sql in READ_AND_WRITTEN:
            client.query_and_wait(sql)

    async def serve() -> None:
        emulator = server.EmulatorServer(
            Settings(rest_port=free_port(), persistence_mode=PersistenceMode.EPHEMERAL)
        )
        await emulator.start()
        try:
            await asyncio.to_thread(ask, emulator.rest_url)
        finally:
            await emulator.stop()

    asyncio.run(serve())
    before = lean._parse_once.cache_info().misses
    for sql in READ_AND_WRITTEN:
        assert lean._parse_once(sql, read="bigquery") == lean._parse(
            sql, read="bigquery"
        )
    assert lean._parse_once.cache_info().misses == before


def test_a_view_over_a_view_reads_the_same_without_its_text(tmp_path: Path) -> None:
    with LocalBigQuery(tmp_path / "data") as local:
        client = warehouse.client(local.endpoint, local.project, None)
        for sql in (
            "create schema d",
            "create table d.t (a int64, b array<struct<c string>>)",
            "insert into d.t values (1, [struct('x'), struct('y')])",
            "create view d.v as select a as id, b as parts from d.t",
            "create view d.w as with v as (select * from d.v) select * from v",
        ):
            client.query_and_wait(sql)
        # With the columns' types in the catalog, as dbt writes them.
        view = client.get_table("d.v")
        client.update_table(view, ["schema"])
        rows = client.query_and_wait(
            "with w as (select * from d.w) "
            "select w.id, part.c from w cross join unnest(w.parts) as part"
        )
        assert sorted(row.values() for row in rows) == [(1, "x"), (1, "y")]


def test_a_new_generator_parses_no_template_again_and_writes_the_same_sql() -> None:
    """In a process of its own, whose sqlglot nothing has changed before."""
    code = """
import sqlglot
from sandbox import lean
sql = "select array_concat(a, b), generate_uuid(), safe_divide(c, d) from t"
before = sqlglot.parse_one(sql, read="bigquery").sql("duckdb")
lean.lighten()
first = sqlglot.parse_one(sql, read="bigquery").sql("duckdb")
parsed = lean._template.cache_info().misses
second = sqlglot.parse_one(sql, read="bigquery").sql("duckdb")
assert before == first == second, (before, first, second)
assert lean._template.cache_info().misses == parsed
tree = sqlglot.exp.maybe_parse("a + 1")
tree.set("this", None)
assert sqlglot.exp.maybe_parse("a + 1").sql() == "a + 1"
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_copy_of_a_tree_shares_no_position_with_it() -> None:
    """In a process of its own, whose sqlglot nothing has changed before."""
    code = """
import sqlglot
from sandbox import lean
lean.lighten()
tree = sqlglot.parse_one("select a from t", read="bigquery")
copy = tree.copy()
for name in copy.find_all(sqlglot.exp.Identifier):
    assert name.meta
    name.meta["line"] = name.meta["other"] = 7
assert all("other" not in n.meta for n in tree.find_all(sqlglot.exp.Identifier))
assert copy == tree
"""
    subprocess.run([sys.executable, "-c", code], check=True)

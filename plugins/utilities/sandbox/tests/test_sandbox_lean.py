"""The local BigQuery skips work that nobody needs, and answers as before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
from bqemulator.storage.engine import SNAPSHOTS_SCHEMA

from sandbox import lean, warehouse
from sandbox.testing import LocalBigQuery

if TYPE_CHECKING:
    from pathlib import Path

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


def test_no_copy_of_a_table_is_kept_after_a_change(tmp_path: Path) -> None:
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
    (database,) = (tmp_path / "data").rglob("*.duckdb")
    with duckdb.connect(str(database), read_only=True) as connection:
        found = connection.execute("select schema_name from duckdb_tables()").fetchall()
    schemas = {schema for (schema,) in found}
    assert schemas
    assert SNAPSHOTS_SCHEMA not in schemas

"""Google's own analyzer accepts every statement, and says what each one writes where.

The local BigQuery coerces STRUCTs by name, the real one by position. So the analyzer's
resolved positions are followed from each field of the table to the field of staging.
"""

# ruff: noqa: ANN001, ANN002, ANN003, ANN201, ANN202 - fixtures: named, not typed, and many

from __future__ import annotations

import re

import googlesql
import pytest
from google.cloud.bigquery import SchemaField
from zetasql.core.exceptions import ZetaSQLError

from target_bigquery import sql
from target_bigquery.evolution import plan
from target_bigquery.jobs import Jobs
from target_bigquery.metadata import METADATA
from target_bigquery.schemas import fields_of

TABLE, FIRST, SECOND = "p.d.raw_t", "p.d.staging_1", "p.d.staging_2"
STRING = {"type": "string"}
INTEGER = {"type": "integer"}
ANYTHING: dict = {}


def record(**properties):
    return {"type": "object", "properties": properties}


def array(items):
    return {"type": "array", "items": items}


def columns_of(**properties):
    return (*fields_of("t", {"properties": properties}), *METADATA)


# A table that three runs have made: each sent other fields, in another order, two
# levels deep and inside arrays. Names are those of the statements' own aliases too.
RUNS = [
    columns_of(
        id=INTEGER,
        part={"type": "number"},
        T=STRING,
        staged=STRING,
        rec=record(a=STRING, c=STRING, in_=record(x=STRING, z=STRING)),
        recs=array(record(a=STRING, c=STRING, in_=record(x=STRING, z=STRING))),
        raw=ANYTHING,
        gone=STRING,
    ),
    columns_of(
        id=INTEGER,
        part=INTEGER,
        S=STRING,
        rec=record(a=STRING, b=STRING, c=STRING, in_=record(z=STRING, x=STRING)),
        recs=array(
            record(
                b=STRING,
                a=STRING,
                item0=STRING,
                offset0=array(record(raw=ANYTHING, item1=STRING)),
                in_=record(x=STRING, y=STRING, z=STRING),
            )
        ),
        raw=ANYTHING,
        raws=array(ANYTHING),
        words=array(STRING),
        select=STRING,
        day={"type": "string", "format": "date"},
    ),
    columns_of(
        id=INTEGER,
        part={"type": "number"},
        rec=record(c=STRING, new=array(record(v=STRING, u=ANYTHING)), a=STRING),
        recs=array(record(in_=record(y=STRING), c=STRING)),
    ),
]


def table_after(runs):
    """Return the table's columns after runs with these columns."""
    schema: list[SchemaField] = []
    for columns in runs:
        schema = plan("t", columns, schema).schema
    return schema


def as_staged(columns):
    """Return what a run stages for columns, with the types of the finished table."""
    return tuple(plan("t", columns, table_after(RUNS)).fields)


KEYS = RUNS[2][:2]


def statements():
    """Yield each kind of statement: its name, its text and its staging tables."""
    schema = table_after(RUNS)
    for number, columns in enumerate(RUNS, 1):
        # Once as the run stages it, once as an earlier run did (`reload`).
        for how, fields in (("", as_staged(columns)), (" from an old part", columns)):
            staged = [sql.Staged(FIRST, fields)]
            keyed = sql.Write(TABLE, schema, staged, KEYS)
            every = sql.Write(TABLE, schema, staged, ())
            name = f"of run {number}{how}"
            yield f"upsert {name}", keyed.upsert(), staged
            yield f"upsert and delete {name}", keyed.upsert(hard_delete=True), staged
            yield f"append {name}", every.append(), staged
            yield f"overwrite {name}", keyed.overwrite(), staged
    for first, second in ((0, 1), (1, 2), (2, 0)):
        staged = [
            sql.Staged(FIRST, as_staged(RUNS[first])),
            sql.Staged(SECOND, RUNS[second]),
        ]
        for keys in ((), KEYS):
            write = sql.Write(TABLE, schema, staged, keys)
            name = (
                f"{'with' if keys else 'without'} key of runs {first + 1}, {second + 1}"
            )
            yield f"overwrite {name}", write.overwrite(), staged


STATEMENTS = {name: (text, staged) for name, text, staged in statements()}
OTHERS = {
    "empty": sql.empty(TABLE),
    "activate": sql.activate(TABLE, 3, hard_delete=False),
    "activate with hard delete": sql.activate(TABLE, 3, hard_delete=True),
    "count inexact": sql.count_inexact(TABLE, "id"),
    "first row": sql.first_row(TABLE),
    "newest version": sql.newest_version(TABLE),
}


def catalog(staged):
    tables = {TABLE: table_after(RUNS)}
    for part in staged:
        tables[part.name] = [f.to_bigquery(staging=True) for f in part.fields]
    return tables


def paths(columns, prefix=""):
    """Yield the path of each scalar field."""
    for column in columns:
        path = f"{prefix}{column.name}{'[]' if column.mode == 'REPEATED' else ''}"
        if column.fields:
            yield from paths(column.fields, f"{path}.")
        else:
            yield path


@pytest.mark.parametrize("name", STATEMENTS)
def test_each_field_reaches_the_field_of_the_same_name(name):
    text, staged = STATEMENTS[name]
    tables = catalog(staged)
    sent = {
        part.name: {path.lower() for path in paths(tables[part.name])}
        for part in staged
    }
    written = {field.column.lower() for part in staged for field in part.fields}
    keys = {key.column for key in KEYS}
    clauses = googlesql.lineage(text, tables)
    assert len(clauses) == (2 if name.startswith("upsert") else 1)
    for number, found in enumerate(clauses):
        updates = name.startswith("upsert") and number == 0
        expected = {
            path: {
                f"{part}:{path}".lower()
                for part, fields in sent.items()
                if path.lower() in fields
            }
            for path in paths(tables[TABLE])
            if re.split(r"[.\[]", path)[0].lower() in written
            and not (updates and path in keys)
        }
        assert {
            path: {source.lower() for source in sources}
            for path, sources in found.items()
        } == expected


@pytest.mark.parametrize("name", OTHERS)
def test_googles_analyzer_accepts_the_statement(name):
    statement = OTHERS[name]
    googlesql.analyze(statement, catalog([]))
    if name == "activate":
        assert googlesql.lineage(statement, catalog([])) == [
            {"_sdc_deleted_at": frozenset()}
        ]


def test_googles_analyzer_finds_fields_that_change_places():
    """The check itself: without rebuilding, b lands in c."""
    there = [SchemaField("r", "RECORD", fields=[_text("a"), _text("c"), _text("b")])]
    sent = [SchemaField("r", "RECORD", fields=[_text("a"), _text("b"), _text("c")])]
    statement = f"INSERT INTO `{TABLE}` (r) SELECT r FROM `{FIRST}`"  # noqa: S608 - our own names
    (found,) = googlesql.lineage(statement, {TABLE: there, FIRST: sent})
    assert found["r.c"] == {f"{FIRST}:r.b"}


def _text(name):
    return SchemaField(name, "STRING")


def test_googles_analyzer_would_refuse_json_from_text_that_is_not_parsed():
    statement = f"INSERT INTO `{TABLE}` (raw) SELECT raw FROM `{FIRST}`"  # noqa: S608 - our own names
    with pytest.raises(ZetaSQLError, match="has type STRING which cannot be"):
        googlesql.analyze(statement, catalog([sql.Staged(FIRST, RUNS[0])]))


# The statements of real loads

DML = ("MERGE", "INSERT")
FULL_NAME = re.compile(r"`([^`.]+\.[^`.]+\.[^`.]+)`")


@pytest.fixture
def watched(monkeypatch):
    """The DML of the loads in a test, each with the schemas that its tables had."""
    found = []
    query = Jobs.query

    def watch(self, statement, *rest):
        if statement.startswith(DML):
            names = set(FULL_NAME.findall(statement))
            tables = {name: self.client.get_table(name).schema for name in names}
            found.append((statement, tables))
        return query(self, statement, *rest)

    monkeypatch.setattr(Jobs, "query", watch)
    return found


def misplaced(statement, tables):
    """Return the fields that a statement fills from a field of another name."""
    return {
        path: sources
        for clause in googlesql.lineage(statement, tables)
        for path, sources in clause.items()
        if {source.split(":")[1].lower() for source in sources} - {path.lower()}
    }


@pytest.mark.parametrize("method", ["upsert", "append-only", "overwrite"])
def test_fields_that_are_added_left_out_or_moved_stay_in_their_place(
    load, new_tap, warehouse, watched, method
):
    def run(key, **properties):
        value = dict.fromkeys(properties, str(key))
        item = record(**dict.fromkeys(properties, STRING))
        tap = new_tap()
        tap.schema("t", {"id": INTEGER, "rec": item, "recs": array(item)})
        tap.record("t", {"id": key, "rec": value, "recs": [value]})
        load(tap.state({"n": key}), load_method=method)
        return value

    sent = [
        run(1, a=1, c=1),
        run(2, a=1, b=1, c=1),
        run(3, c=1, b=1, a=1),
        run(4, b=1),
    ]
    assert [misplaced(*each) for each in watched] == [{}] * 4
    expected = [{"a": None, "b": None, "c": None, **value} for value in sent]
    rows = warehouse.rows("t")
    kept = expected[-1:] if method == "overwrite" else expected
    assert [row["rec"] for row in rows] == kept
    assert [row["recs"] for row in rows] == [[value] for value in kept]


def test_a_field_that_another_run_adds_in_between_is_filled_with_null(
    load, tap, new_tap, watched, monkeypatch
):
    one, two = record(a=STRING), record(b=STRING, a=STRING)
    tap.schema("t", {"id": INTEGER, "rec": one}).record(
        "t", {"id": 1, "rec": {"a": "x"}}
    )
    load(tap)
    other = new_tap().schema("t", {"id": INTEGER, "rec": two})
    other.record("t", {"id": 2, "rec": {"b": "y"}})
    loading = Jobs.load

    def interrupted(self, *rest):
        monkeypatch.setattr(Jobs, "load", loading)
        load(other)
        return loading(self, *rest)

    monkeypatch.setattr(Jobs, "load", interrupted)
    load(tap)
    assert [misplaced(*each) for each in watched] == [{}] * 3


def test_a_merge_reads_only_the_range_of_the_batchs_integer_keys(load, tap, watched):
    tap.schema("t", {"id": INTEGER, "n": STRING})
    for key in (7, -3, 5):
        tap.record("t", {"id": key, "n": "x"})
    load(tap)
    ((statement, _),) = watched
    assert " AND T.`id` BETWEEN -3 AND 7 WHEN MATCHED" in statement


def test_the_range_of_keys_covers_every_part_and_is_left_out_if_one_is_unknown():
    fields = fields_of("t", {"properties": {"id": INTEGER}})
    schema = [field.to_bigquery() for field in (*fields, *METADATA)]
    parts = [
        sql.Staged(FIRST, (*fields, *METADATA), {"id": (5, 9)}),
        sql.Staged(SECOND, (*fields, *METADATA), {"id": (1, 6)}),
    ]
    statement = sql.Write(TABLE, schema, parts, fields).upsert()
    assert "BETWEEN 1 AND 9" in statement
    parts.append(sql.Staged("p.d.staging_3", (*fields, *METADATA)))
    statement = sql.Write(TABLE, schema, parts, fields).upsert()
    assert "BETWEEN" not in statement

"""Google's own analyzer accepts every statement, and says what each one writes where.

The local BigQuery coerces STRUCTs by name, the real one by position. So the analyzer's
resolved positions are followed from each field of the table to the field of staging.
"""

# ruff: noqa: ANN401 - JSON, and what the SDK leaves open

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import googlesql
import pytest
from google.cloud.bigquery import SchemaField
from zetasql.core.exceptions import ZetaSQLError

from target_bigquery.records.metadata import METADATA
from target_bigquery.records.schemas import fields_of
from target_bigquery.warehouse import sql
from target_bigquery.warehouse.evolution import plan
from target_bigquery.warehouse.jobs import Jobs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Load, Tap, Warehouse, Watched

TABLE, FIRST, SECOND = "p.d.raw_t", "p.d.staging_1", "p.d.staging_2"
STRING = {"type": "string"}
INTEGER = {"type": "integer"}
ANYTHING: dict[str, Any] = {}


def record(**properties: Any) -> Any:
    return {"type": "object", "properties": properties}


def array(items: Any) -> Any:
    return {"type": "array", "items": items}


def before_the_next_load(monkeypatch: pytest.MonkeyPatch, act: Any) -> None:
    """Do something else once, between the making of a table and its first load."""
    loading = Jobs.load

    def interrupted(self: Jobs, *rest: Any) -> Any:
        monkeypatch.setattr(Jobs, "load", loading)
        act()
        return loading(self, *rest)

    monkeypatch.setattr(Jobs, "load", interrupted)


def columns_of(**properties: Any) -> Any:
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


def table_after(runs: Any) -> Any:
    """Return the table's columns after runs with these columns."""
    schema: list[SchemaField] = []
    for columns in runs:
        schema = plan("t", columns, schema).schema
    return schema


def as_staged(columns: Any) -> Any:
    """Return what a run stages for columns, with the types of the finished table."""
    return tuple(plan("t", columns, table_after(RUNS)).fields)


KEYS = RUNS[2][:2]


def statements() -> Iterator[Any]:
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
            yield f"first load {name}", keyed.first_load(), staged
            first = keyed.first_load(hard_delete=True)
            yield f"first load and delete {name}", first, staged
            yield f"append {name}", every.append(), staged
            yield f"overwrite {name}", keyed.overwrite(), staged
    for one, two in ((0, 1), (1, 2), (2, 0)):
        staged = [
            sql.Staged(FIRST, as_staged(RUNS[one])),
            sql.Staged(SECOND, RUNS[two]),
        ]
        for keys in ((), KEYS):
            write = sql.Write(TABLE, schema, staged, keys)
            name = f"{'with' if keys else 'without'} key of runs {one + 1}, {two + 1}"
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


def catalog(staged: Any) -> Any:
    tables = {TABLE: table_after(RUNS)}
    for part in staged:
        tables[part.name] = [f.to_bigquery(staging=True) for f in part.fields]
    return tables


@pytest.mark.parametrize("name", STATEMENTS)
def test_each_field_reaches_the_field_of_the_same_name(name: str) -> None:
    text, staged = STATEMENTS[name]
    keys = {key.column for key in KEYS}
    googlesql.check_fields(text, catalog(staged), TABLE, keys)
    assert len(googlesql.lineage(text, catalog(staged))) == 1 + ("upsert" in name)


@pytest.mark.parametrize("name", OTHERS)
def test_googles_analyzer_accepts_the_statement(name: str) -> None:
    statement = OTHERS[name]
    googlesql.analyze(statement, catalog([]))
    if name == "activate":
        assert googlesql.lineage(statement, catalog([])) == [
            {"_sdc_deleted_at": frozenset()}
        ]


def test_googles_analyzer_finds_fields_that_change_places() -> None:
    """The check itself: without rebuilding, b lands in c."""
    there = [SchemaField("r", "RECORD", fields=[_text("a"), _text("c"), _text("b")])]
    sent = [SchemaField("r", "RECORD", fields=[_text("a"), _text("b"), _text("c")])]
    statement = f"INSERT INTO `{TABLE}` (r) SELECT r FROM `{FIRST}`"  # noqa: S608 - our own names
    (found,) = googlesql.lineage(statement, {TABLE: there, FIRST: sent})
    assert found["r.c"] == {f"{FIRST}:r.b"}


def _text(name: str) -> Any:
    return SchemaField(name, "STRING")


def test_googles_analyzer_would_refuse_json_from_text_that_is_not_parsed() -> None:
    statement = f"INSERT INTO `{TABLE}` (raw) SELECT raw FROM `{FIRST}`"  # noqa: S608 - our own names
    with pytest.raises(ZetaSQLError, match="has type STRING which cannot be"):
        googlesql.analyze(statement, catalog([sql.Staged(FIRST, RUNS[0])]))


# The statements of real loads


@pytest.mark.parametrize("method", ["upsert", "append-only", "overwrite"])
def test_fields_that_are_added_left_out_or_moved_stay_in_their_place(
    load: Load, new_tap: type[Tap], warehouse: Warehouse, watched: Watched, method: str
) -> None:
    def run(key: Any, **properties: Any) -> Any:
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
    assert [googlesql.misplaced(*each) for each in watched] == [{}] * 4
    expected = [{"a": None, "b": None, "c": None, **value} for value in sent]
    rows = warehouse.rows("t")
    kept = expected[-1:] if method == "overwrite" else expected
    assert [row["rec"] for row in rows] == kept
    assert [row["recs"] for row in rows] == [[value] for value in kept]


def test_a_field_that_another_run_adds_in_between_is_filled_with_null(
    load: Load,
    tap: Tap,
    new_tap: type[Tap],
    watched: Watched,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one, two = record(a=STRING), record(b=STRING, a=STRING)
    tap.schema("t", {"id": INTEGER, "rec": one}).record(
        "t", {"id": 1, "rec": {"a": "x"}}
    )
    load(tap)
    other = new_tap().schema("t", {"id": INTEGER, "rec": two})
    other.record("t", {"id": 2, "rec": {"b": "y"}})
    before_the_next_load(monkeypatch, lambda: load(other))
    load(tap)
    assert [googlesql.misplaced(*each) for each in watched] == [{}] * 3


def test_a_merge_reads_only_the_range_of_the_batchs_integer_keys(
    load: Load, tap: Tap, watched: Watched
) -> None:
    tap.schema("t", {"id": INTEGER, "n": STRING})
    for key in (7, -3, 5):
        tap.record("t", {"id": key, "n": "x"})
    load(tap)
    load(tap)
    (_, (statement, _)) = watched
    assert " AND T.`id` BETWEEN -3 AND 7 WHEN MATCHED" in statement


def test_only_the_first_load_into_a_new_table_joins_nothing(
    load: Load, tap: Tap, watched: Watched
) -> None:
    tap.schema("t", {"id": INTEGER, "n": INTEGER})
    for number in range(4):
        tap.record("t", {"id": number % 2, "n": number})
    load(tap, batch_size_rows=2)
    load(tap)
    first, *others = [statement for statement, _ in watched]
    assert first.startswith("INSERT INTO")
    assert "JOIN" not in first
    assert [other[:5] for other in others] == ["MERGE"] * 2


def test_rows_that_another_run_loads_first_are_merged_and_not_doubled(  # noqa: PLR0913, PLR0917 - fixtures
    load: Load,
    tap: Tap,
    new_tap: type[Tap],
    warehouse: Warehouse,
    monkeypatch: pytest.MonkeyPatch,
    watched: Watched,
) -> None:
    tap.schema("t", {"id": INTEGER, "n": INTEGER}).record("t", {"id": 1, "n": 1})
    other = new_tap().schema("t", {"id": INTEGER, "n": INTEGER})
    other.record("t", {"id": 1, "n": 2}).record("t", {"id": 2, "n": 2})
    before_the_next_load(monkeypatch, lambda: load(other))
    load(tap)
    # The first run made the table; the second was the first to write to it.
    assert [statement[:6] for statement, _ in watched] == ["MERGE ", "INSERT", "MERGE "]
    rows = warehouse.rows("t")
    assert sorted((row["id"], row["n"]) for row in rows) == [(1, 1), (2, 2)]


@pytest.mark.parametrize("hard_delete", [False, True])
def test_the_first_load_keeps_the_last_row_of_a_key_and_no_deleted_one(
    load: Load, tap: Tap, warehouse: Warehouse, *, hard_delete: bool
) -> None:
    gone = "2026-01-01T00:00:00Z"
    tap.schema("t", {"id": INTEGER, "n": INTEGER})
    tap.record("t", {"id": 1, "n": 1}).record("t", {"id": 1, "n": 2})
    tap.record("t", {"id": 2, "n": 3})
    tap.record("t", {"id": 2, "n": 4, "_sdc_deleted_at": gone})
    load(tap, hard_delete=hard_delete)
    rows = {row["id"]: row["n"] for row in warehouse.rows("t")}
    assert rows == ({1: 2} if hard_delete else {1: 2, 2: 4})


@pytest.mark.parametrize(
    ("kind", "values", "expected"),
    [
        (
            {"type": "string", "format": "date"},
            ("2026-03-02", "2026-03-01"),
            "BETWEEN DATE '2026-03-01' AND DATE '2026-03-02'",
        ),
        (
            {"type": "string", "format": "date-time"},
            ("2026-03-01T01:00:00.5+01:00", "0001-01-01T00:00:00Z"),
            (
                "BETWEEN TIMESTAMP '0001-01-01 00:00:00+00:00' "
                "AND TIMESTAMP '2026-03-01 00:00:00.500000+00:00'"
            ),
        ),
        (STRING, ("b", "a"), ""),
    ],
    ids=["date", "date-time", "no range of texts"],
)
def test_a_merge_reads_only_the_range_of_the_batchs_days_or_moments(  # noqa: PLR0913, PLR0917 - fixtures
    load: Load,
    tap: Tap,
    warehouse: Warehouse,
    watched: Watched,
    kind: Any,
    values: Any,
    expected: Any,
) -> None:
    tap.schema("t", {"id": kind, "n": STRING})
    for value in values:
        tap.record("t", {"id": value, "n": "x"})
    load(tap)
    load(tap)
    (_, (statement, tables)) = watched
    googlesql.analyze(statement, tables)
    assert expected in statement
    assert ("BETWEEN" in statement) == bool(expected)
    assert len(warehouse.rows("t")) == 2


def test_the_range_of_keys_covers_every_part_and_is_left_out_if_one_is_unknown() -> (
    None
):
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

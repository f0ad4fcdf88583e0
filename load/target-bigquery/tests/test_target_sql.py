"""Google's own analyzer accepts every statement, and says what each one writes where.

The local BigQuery coerces STRUCTs by name, the real one by position. So the analyzer's
resolved positions are followed from each field of the table to the field of staging.
"""

# ruff: noqa: ANN001, ANN002, ANN003, ANN201, ANN202 - fixtures: named, not typed, and many

from __future__ import annotations

import json
import re
from itertools import count

import googlesql
import pytest
from google.cloud.bigquery import SchemaField
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
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


# Random schemas and rows, against a model in Python

VALUES = {
    "string": st.sampled_from(["", "x", "n\u00e4me", "'`\"\\"]),
    "integer": st.sampled_from([0, -(2**63), 2**63 - 1]),
    "number": st.sampled_from([0.5, -1e300, 67.174118]),
    "boolean": st.booleans(),
    "json": st.sampled_from([{"k": [67.174118, None]}, [1, "x"], {}]),
}
# Names of the statements' own aliases among them, but for `offset0`: the local BigQuery
# takes a column of that name for the loop's variable.
NAMES = st.sampled_from(["a", "B", "c", "T", "S", "staged", "item0"])


def kinds(depth):
    """Draw the type of a property: a scalar's name, fields, or a list of one."""
    scalars = st.sampled_from(sorted(VALUES))
    if not depth:
        return scalars
    records = st.dictionaries(NAMES, kinds(depth - 1), min_size=1, max_size=4)
    one = st.one_of(scalars, records, records)
    return st.one_of(one, one.map(lambda kind: [kind]))


@st.composite
def sent_of(draw, kind):
    """Draw what one run sends of a type: fields left out and in any order."""
    if isinstance(kind, list):
        return [draw(sent_of(kind[0]))]
    if isinstance(kind, str):
        return kind
    names = draw(st.permutations(sorted(kind)))
    names = names[: draw(st.integers(1, len(names)))]
    return {name: draw(sent_of(kind[name])) for name in names}


def schema_of(kind):
    if isinstance(kind, list):
        return {"type": ["array", "null"], "items": schema_of(kind[0])}
    if isinstance(kind, dict):
        properties = {name: schema_of(inner) for name, inner in kind.items()}
        return {"type": ["object", "null"], "properties": properties}
    return {} if kind == "json" else {"type": [kind, "null"]}


@st.composite
def value_of(draw, kind, *, null=True):
    """Draw a value of a type, or null where it may stand."""
    if null and draw(st.integers(0, 4)) == 0:
        return None
    if isinstance(kind, list):
        size = draw(st.integers(0, 2))
        return [draw(value_of(kind[0], null=False)) for _ in range(size)]
    if isinstance(kind, dict):
        names = [name for name in kind if draw(st.integers(0, 4))]
        return {name: draw(value_of(kind[name])) for name in names}
    return draw(VALUES[kind])


@st.composite
def histories(draw):
    """Draw a table's whole type, and the runs that fill it."""
    names = st.dictionaries(NAMES, kinds(2), min_size=1, max_size=5)
    whole = draw(names)
    runs = []
    for _ in range(draw(st.integers(2, 3))):
        kind = draw(sent_of(whole))
        rows = draw(
            st.lists(
                st.tuples(st.integers(1, 3), value_of(kind, null=False)), max_size=4
            )
        )
        runs.append((kind, [{**row, "id": key} for key, row in rows]))
    return whole, runs


def stored(value, kind):
    """Return what BigQuery holds for a value in a table of this type."""
    if isinstance(kind, list):
        return [stored(each, kind[0]) for each in value or ()]
    if isinstance(kind, dict) and value is not None:
        return {name: stored(value.get(name), inner) for name, inner in kind.items()}
    return value


def shown(value, kind):
    """Return a value of the local BigQuery, which gives JSON in RECORDs as text."""
    if isinstance(kind, list):
        return [shown(each, kind[0]) for each in value or ()]
    if isinstance(kind, dict) and value is not None:
        return {name: shown(value.get(name), inner) for name, inner in kind.items()}
    return json.loads(value) if kind == "json" and isinstance(value, str) else value


def after(model, method, kind, rows):
    """Return a model's rows after a run."""
    if method == "append-only":
        return model + rows
    merged = {} if method == "overwrite" else {row["id"]: row for row in model}
    for row in rows:
        old = merged.pop(row["id"], {})
        kept = {name: value for name, value in old.items() if name not in kind}
        merged[row["id"]] = {**kept, **row}
    return list(merged.values())


STREAMS = count()


@settings(
    max_examples=4,
    deadline=None,
    database=None,
    derandomize=True,
    # Without shrinking: each example is two or three loads.
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(
    history=histories(),
    method=st.sampled_from(["upsert", "append-only", "overwrite"]),
)
def test_random_runs_leave_what_a_model_holds(  # noqa: PLR0913, PLR0917 - fixtures
    load, new_tap, warehouse, watched, method, history
):
    whole, runs = history
    stream, model = f"t{next(STREAMS)}", []
    sent: set[str] = set()
    for kind, rows in runs:
        tap = new_tap()
        tap.schema(stream, {"id": INTEGER, **schema_of(kind)["properties"]})
        for row in rows:
            tap.record(stream, row)
        load(tap.state({}), load_method=method)
        model = after(model, method, kind, rows)
        sent |= kind.keys()
    assert [misplaced(*each) for each in watched if stream in each[0]] == [
        {} for each in watched if stream in each[0]
    ]
    columns = {name: kind for name, kind in whole.items() if name in sent}

    def comparable(rows, how):
        found = [(row["id"], how(row, columns)) for row in rows]
        return sorted(json.dumps(row, sort_keys=True) for row in found)

    assert comparable(warehouse.rows(stream), shown) == comparable(
        [{**dict.fromkeys(columns), **row} for row in model], stored
    )

"""Random schemas and rows over several runs: model, table and statements agree.

Google's own analyzer follows each field of each statement, and the local BigQuery runs
the statements.
"""

# ruff: noqa: ANN401 - JSON, and what the SDK leaves open

from __future__ import annotations

import json
from itertools import count
from typing import TYPE_CHECKING, Any

import googlesql
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from target_bigquery.records.metadata import METADATA
from target_bigquery.records.schemas import fields_of
from target_bigquery.warehouse import sql
from target_bigquery.warehouse.evolution import plan

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Load, Tap, Warehouse, Watched
    from google.cloud.bigquery import SchemaField

INTEGER = {"type": "integer"}

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


def kinds(depth: int) -> Any:
    """Draw the type of a property: a scalar's name, fields, or a list of one."""
    scalars = st.sampled_from(sorted(VALUES))
    if not depth:
        return scalars
    records = st.dictionaries(NAMES, kinds(depth - 1), min_size=1, max_size=4)
    one = st.one_of(scalars, records, records)
    return st.one_of(one, one.map(lambda kind: [kind]))


@st.composite
def sent_of(draw: Any, kind: Any) -> Any:
    """Draw what one run sends of a type: fields left out and in any order."""
    if isinstance(kind, list):
        return [draw(sent_of(kind[0]))]
    if isinstance(kind, str):
        return kind
    names = draw(st.permutations(sorted(kind)))
    names = names[: draw(st.integers(1, len(names)))]
    return {name: draw(sent_of(kind[name])) for name in names}


def schema_of(kind: Any) -> Any:
    if isinstance(kind, list):
        return {"type": ["array", "null"], "items": schema_of(kind[0])}
    if isinstance(kind, dict):
        properties = {name: schema_of(inner) for name, inner in kind.items()}
        return {"type": ["object", "null"], "properties": properties}
    return {} if kind == "json" else {"type": [kind, "null"]}


@st.composite
def value_of(draw: Any, kind: Any, *, null: bool = True) -> Any:
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
def histories(draw: Any) -> Any:
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


def stored(value: Any, kind: Any) -> Any:
    """Return what BigQuery holds for a value in a table of this type."""
    if isinstance(kind, list):
        return [stored(each, kind[0]) for each in value or ()]
    if isinstance(kind, dict) and value is not None:
        return {name: stored(value.get(name), inner) for name, inner in kind.items()}
    return value


def shown(value: Any, kind: Any) -> Any:
    """Return a value of the local BigQuery, which gives JSON in RECORDs as text."""
    if isinstance(kind, list):
        return [shown(each, kind[0]) for each in value or ()]
    if isinstance(kind, dict) and value is not None:
        return {name: shown(value.get(name), inner) for name, inner in kind.items()}
    return json.loads(value) if kind == "json" and isinstance(value, str) else value


def after(model: Any, method: str, kind: Any, rows: Any) -> Any:
    """Return a model's rows after a run."""
    if method == "append-only":
        return model + rows
    merged = {} if method == "overwrite" else {row["id"]: row for row in model}
    for row in rows:
        old = merged.pop(row["id"], {})
        kept = {name: value for name, value in old.items() if name not in kind}
        merged[row["id"]] = {**kept, **row}
    return list(merged.values())


RANDOM = settings(
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
TABLE, STAGING = "p.d.raw_t", "p.d.staging_{}"
WRITES: dict[str, Callable[[sql.Write], str]] = {
    "upsert": lambda write: write.upsert(),
    "upsert and delete": lambda write: write.upsert(hard_delete=True),
    "first load": lambda write: write.first_load(),
    "append": lambda write: write.append(),
    "overwrite": lambda write: write.overwrite(),
}


@settings(RANDOM, max_examples=30)
@given(history=histories(), data=st.data())
def test_in_random_runs_each_field_reaches_the_field_of_its_name(
    history: Any, data: st.DataObject
) -> None:
    _, runs = history
    schema: list[SchemaField] = []
    parts = []
    for number, (kind, _) in enumerate(runs):
        properties = {"id": INTEGER, **schema_of(kind)["properties"]}
        columns = (*fields_of("t", {"properties": properties}), *METADATA)
        change = plan("t", columns, schema)
        schema = change.schema
        part = sql.Staged(STAGING.format(number), tuple(change.fields))
        _check_statement(schema, [part], data.draw(st.sampled_from(sorted(WRITES))))
        parts.append(sql.Staged(part.name, columns))
    # As `overwrite` after a schema that changed during the run, and as `reload`.
    _check_statement(schema, parts, data.draw(st.sampled_from(sorted(WRITES))))


def _check_statement(schema: list[SchemaField], parts: Any, method: str) -> None:
    keys = fields_of("t", {"properties": {"id": INTEGER}})
    write = sql.Write(TABLE, schema, parts, () if method == "append" else keys)
    tables = {
        part.name: [field.to_bigquery(staging=True) for field in part.fields]
        for part in parts
    }
    statement = WRITES[method](write)
    googlesql.check_fields(statement, {TABLE: schema, **tables}, TABLE, {"id"})


STREAMS = count()


# Without shrinking: each example is two or three loads.
@settings(RANDOM, max_examples=6, phases=[Phase.generate])
@given(
    history=histories(),
    method=st.sampled_from(["upsert", "append-only", "overwrite"]),
)
def test_random_runs_leave_what_a_model_holds(  # noqa: PLR0913, PLR0917 - fixtures
    load: Load,
    new_tap: type[Tap],
    warehouse: Warehouse,
    watched: Watched,
    method: str,
    history: Any,
) -> None:
    whole, runs = history
    stream = f"t{next(STREAMS)}"
    model: list[Any] = []
    sent: set[str] = set()
    for kind, rows in runs:
        tap = new_tap()
        tap.schema(stream, {"id": INTEGER, **schema_of(kind)["properties"]})
        for row in rows:
            tap.record(stream, row)
        load(tap.state({}), load_method=method)
        model = after(model, method, kind, rows)
        sent |= kind.keys()
    assert [googlesql.misplaced(*each) for each in watched if stream in each[0]] == [
        {} for each in watched if stream in each[0]
    ]
    columns = {name: kind for name, kind in whole.items() if name in sent}

    def comparable(rows: Any, how: Any) -> Any:
        found = [(row["id"], how(row, columns)) for row in rows]
        return sorted(json.dumps(row, sort_keys=True) for row in found)

    assert comparable(warehouse.rows(stream), shown) == comparable(
        [{**dict.fromkeys(columns), **row} for row in model], stored
    )

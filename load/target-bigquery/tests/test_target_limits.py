"""A table's column may hold less than its type: NUMERIC(10, 2), STRING(3), a RECORD."""

# ruff: noqa: ANN401 - JSON, and what the SDK leaves open

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from google.cloud import bigquery
from google.cloud.bigquery import SchemaField

from target_bigquery.errors import RecordError, SchemaError
from target_bigquery.records.fields import Field, Kind
from target_bigquery.records.schemas import fields_of
from target_bigquery.warehouse.client import Warehouse as TargetWarehouse
from target_bigquery.warehouse.evolution import plan

if TYPE_CHECKING:
    from conftest import Load, Tap, Warehouse

INTEGER = {"type": "integer"}
NUMBER = {"type": ["number", "null"]}
CENTS = SchemaField("v", "NUMERIC", precision=4, scale=2)
CODE = SchemaField("v", "STRING", max_length=3)


@pytest.fixture
def make(warehouse: Warehouse, dataset: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Make a table with an `id` and a column of another's choice."""

    def make(column: SchemaField) -> None:
        warehouse.client.create_dataset(dataset)
        columns = [SchemaField("id", "INTEGER"), column]
        table = bigquery.Table(f"throughline-test.{dataset}.raw_t", columns)
        warehouse.client.create_table(table)
        get_table = TargetWarehouse.get_table

        def get(self: TargetWarehouse, name: str) -> Any:
            """Return the table with what the local BigQuery forgets of a column."""
            found = get_table(self, name)
            if found is not None:
                found.schema = [column if c.name == "v" else c for c in found.schema]
            return found

        monkeypatch.setattr(TargetWarehouse, "get_table", get)

    return make


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        (CENTS, 1.005, "NUMERIC(4, 2) holds 2 digits after the decimal point"),
        (CENTS, 100, "NUMERIC(4, 2) holds 2 digits before the decimal point"),
        (CODE, "n\u00e4me", "STRING(3) holds 3 characters"),
    ],
)
def test_a_value_that_the_tables_column_would_round_or_refuse_is_named(  # noqa: PLR0913, PLR0917 - fixtures
    load: Load,
    tap: Tap,
    warehouse: Warehouse,
    make: Any,
    column: SchemaField,
    value: Any,
    reason: str,
) -> None:
    make(column)
    kind = {"type": ["string", "null"]} if column is CODE else NUMBER
    tap.schema("t", {"id": INTEGER, "v": kind}).record("t", {"id": 1, "v": None})
    tap.record("t", {"id": 2, "v": value})
    with pytest.raises(RecordError) as caught:
        load(tap)
    assert f"record {{'id': 2}}: column 'v' cannot hold {value!a}" in str(caught.value)
    assert reason in str(caught.value)
    assert warehouse.rows("t") == []


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        (CENTS, -99.99, Decimal("-99.99")),
        (CENTS, 1.50, Decimal("1.50")),
        (CODE, "n\u00e4m", "n\u00e4m"),
    ],
)
def test_a_value_that_fits_the_tables_column_is_stored(  # noqa: PLR0913, PLR0917 - fixtures
    load: Load,
    tap: Tap,
    warehouse: Warehouse,
    make: Any,
    column: SchemaField,
    value: Any,
    expected: Any,
) -> None:
    make(column)
    kind = {"type": "string"} if column is CODE else NUMBER
    tap.schema("t", {"id": INTEGER, "v": kind})
    load(tap.record("t", {"id": 1, "v": value}))
    assert [row["v"] for row in warehouse.rows("t")] == [expected]


def test_a_numeric_column_that_is_widened_loses_its_limits() -> None:
    wanted = [Field("v", "v", Kind.BIGNUMERIC)]
    change = plan("t", wanted, [CENTS])
    (column,) = change.schema
    assert (column.field_type, column.precision, column.scale) == (
        "BIGNUMERIC",
        None,
        None,
    )
    assert change.fields[0].digits is None


def test_a_number_in_a_record_that_holds_integers_ends_in_one_line(
    load: Load, tap: Tap, new_tap: type[Tap]
) -> None:
    def rec(kind: Any) -> dict[str, Any]:
        inner = {"type": "object", "properties": {"v": {"type": kind}}}
        return {
            "id": INTEGER,
            "rec": {"type": "object", "properties": {"deep": inner}},
        }

    tap.schema("t", rec("integer")).record("t", {"id": 1, "rec": {"deep": {"v": 1}}})
    load(tap)
    second = new_tap().schema("t", rec("number"))
    second.record("t", {"id": 2, "rec": {"deep": {"v": 0.5}}})
    message = (
        "table 'raw_t', in 'rec', in 'deep': field 'v' is INT64 in BigQuery, but the "
        "stream sends FLOAT64, and the target does not widen a type inside a RECORD. "
        "Rename the property with a stream map, or drop the column that contains it, "
        "and load again with 'meltano run --full-refresh'."
    )
    with pytest.raises(SchemaError, match=re.escape(message)):
        load(second)


def test_integers_in_a_record_that_holds_numbers_are_stored() -> None:
    wanted = fields_of("t", {"properties": {"r": {"properties": {"v": INTEGER}}}})
    there = [SchemaField("r", "RECORD", fields=[SchemaField("v", "FLOAT64")])]
    (found,) = plan("t", wanted, there).fields
    assert found.fields[0].kind is Kind.FLOAT64

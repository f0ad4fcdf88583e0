"""Computes the changes of a table that a stream's columns need."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from google.cloud.bigquery import SchemaField

from target_bigquery.errors import SchemaError
from target_bigquery.records.fields import Field, Kind
from target_bigquery.warehouse.expressions import kind_of

if TYPE_CHECKING:
    from collections.abc import Sequence

HELD_BY = {
    (Kind.INT64, "FLOAT64"),
    (Kind.INT64, "NUMERIC"),
    (Kind.INT64, "BIGNUMERIC"),
    (Kind.FLOAT64, "NUMERIC"),
    (Kind.FLOAT64, "BIGNUMERIC"),
    (Kind.NUMERIC, "FLOAT64"),
    (Kind.NUMERIC, "BIGNUMERIC"),
    (Kind.NUMERIC, "STRING"),
    (Kind.BIGNUMERIC, "FLOAT64"),
    (Kind.BIGNUMERIC, "STRING"),
    (Kind.DATE, "STRING"),
    (Kind.TIMESTAMP, "STRING"),
}
"""A stream's type and the table's, where values are written as the table's.

A value that does not fit exactly into the table's type is rejected later.
"""

WIDENED = {
    (Kind.FLOAT64, "INT64"),
    (Kind.NUMERIC, "INT64"),
    (Kind.BIGNUMERIC, "INT64"),
    (Kind.BIGNUMERIC, "NUMERIC"),
}
"""A stream's type and the table's, where the table's column gets the stream's."""


@dataclass
class Plan:
    """The changes that a table needs for a stream."""

    fields: list[Field] = field(default_factory=list)
    """The stream's columns, with the types and spellings of the table."""
    schema: list[SchemaField] = field(default_factory=list)
    """The table's schema afterwards."""
    widened: dict[str, str] = field(default_factory=dict)
    """Column to wider type."""
    nested: bool = False


def plan(
    where: str,
    wanted: Sequence[Field],
    existing: Sequence[SchemaField],
    *,
    nested: bool = False,
) -> Plan:
    """Return the changes, without making them.

    Args:
        where: Stream and table, for messages.
        wanted: The stream's columns.
        existing: The table's schema.
        nested: Whether these are the fields of a RECORD, which can be widened only with
            the type of the whole column.

    Raises:
        SchemaError: If a column cannot hold what the stream sends.
    """
    result = Plan(nested=nested)
    by_name = {column.name.lower(): column for column in existing}
    sent = {want.column.lower(): want for want in wanted}
    for column in existing:
        want = sent.get(column.name.lower())
        if want is None:
            result.schema.append(_relaxed(column))
        else:
            found, after = _fit(where, want, column, result)
            result.schema.append(after)
            sent[column.name.lower()] = found
    for name, want in sent.items():
        result.fields.append(want)
        if name not in by_name:
            result.schema.append(want.to_bigquery())
    if nested:
        # In the table's order, a staged RECORD needs no rebuilding.
        order = {column.name.lower(): n for n, column in enumerate(result.schema)}
        result.fields.sort(key=lambda want: order[want.column.lower()])
    return result


def _relaxed(column: SchemaField) -> SchemaField:
    """Return whether a REQUIRED column would reject rows without the property."""
    if column.mode != "REQUIRED":
        return column
    return SchemaField.from_api_repr({**column.to_api_repr(), "mode": "NULLABLE"})


def _fit(
    where: str, want: Field, column: SchemaField, result: Plan
) -> tuple[Field, SchemaField]:
    """Return the stream's column with the table's type, and the changed column."""
    after = _relaxed(column)
    kind = kind_of(column)
    same = replace(want, column=column.name, **_limits(column))
    repeated = column.mode == "REPEATED"
    if kind == Kind.JSON and not repeated:
        return replace(same, kind=Kind.JSON, repeated=False, fields=()), after
    if repeated == want.repeated:
        if kind == want.kind is Kind.RECORD:
            return _fit_record(where, same, after)
        if kind == want.kind:
            return same, after
        if (want.kind, kind) in HELD_BY:
            return replace(same, kind=Kind(kind)), after
        widens = (want.kind, kind) in WIDENED
        if widens and not repeated and not result.nested:
            result.widened[column.name] = want.kind
            changed = {**after.to_api_repr(), "type": want.kind.value}
            for limit in ("precision", "scale"):
                changed.pop(limit, None)
            wider = replace(same, digits=None)
            return wider, SchemaField.from_api_repr(changed)
    has = f"ARRAY<{kind}>" if repeated else kind
    widened = repeated == want.repeated and (want.kind, kind) in WIDENED
    reason = "BigQuery cannot widen one to the other"
    if widened:
        inside = "an array" if repeated else "a RECORD"
        reason = f"the target does not widen a type inside {inside}"
    what, drop = "column", "drop the column"
    if result.nested:
        what, drop = "field", "drop the column that contains it"
    message = (
        f"{where}: {what} '{column.name}' is {has} in BigQuery, but the stream sends "
        f"{want.type_name}, and {reason}. Rename the property with a stream map, or "
        f"{drop}, and load again with 'meltano run --full-refresh'."
    )
    raise SchemaError(message)


def _limits(column: SchemaField) -> dict[str, Any]:
    """Return how a column's parameters restrict its type, such as NUMERIC(10, 2).

    BigQuery rounds a number with more digits after the decimal point:
    https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#parameterized_data_types
    """
    digits = None
    if column.precision is not None:
        scale = column.scale or 0
        digits = column.precision - scale, scale
    return {"digits": digits, "length": column.max_length}


def _fit_record(
    where: str, want: Field, column: SchemaField
) -> tuple[Field, SchemaField]:
    inner = plan(
        f"{where}, in '{column.name}'", want.fields, column.fields, nested=True
    )
    fields = [field.to_api_repr() for field in inner.schema]
    after = SchemaField.from_api_repr({**column.to_api_repr(), "fields": fields})
    return replace(want, fields=tuple(inner.fields)), after

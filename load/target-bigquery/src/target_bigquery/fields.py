"""From a stream's JSON schema to the columns that hold it."""

from __future__ import annotations

import enum
import json
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa
from google.cloud import bigquery
from singer_sdk.singerlib.schema import resolve_schema_references

from target_bigquery.names import safe_names

MAX_DEPTH = 15
"""Levels of RECORD that BigQuery takes; what lies deeper becomes JSON.

Source: https://cloud.google.com/bigquery/docs/nested-repeated#limitations
"""


class Kind(enum.StrEnum):
    """A column's type, named as BigQuery names it."""

    STRING = "STRING"
    INT64 = "INT64"
    FLOAT64 = "FLOAT64"
    BOOL = "BOOL"
    TIMESTAMP = "TIMESTAMP"
    DATE = "DATE"
    JSON = "JSON"
    RECORD = "RECORD"


ARROW: dict[Kind, pa.DataType] = {
    Kind.STRING: pa.string(),
    Kind.INT64: pa.int64(),
    Kind.FLOAT64: pa.float64(),
    Kind.BOOL: pa.bool_(),
    Kind.TIMESTAMP: pa.timestamp("us", "UTC"),
    Kind.DATE: pa.date32(),
    # BigQuery refuses a Parquet column for JSON ("Unsupported field type: JSON"),
    # so staging holds the text and the commit parses it.
    Kind.JSON: pa.string(),
}

SCALARS = {
    "string": Kind.STRING,
    "integer": Kind.INT64,
    "number": Kind.FLOAT64,
    "boolean": Kind.BOOL,
}
FORMATS = {"date-time": Kind.TIMESTAMP, "date": Kind.DATE}
MERGED = {
    frozenset({Kind.INT64, Kind.FLOAT64}): Kind.FLOAT64,
    frozenset({Kind.STRING, Kind.TIMESTAMP}): Kind.STRING,
    frozenset({Kind.STRING, Kind.DATE}): Kind.STRING,
    frozenset({Kind.TIMESTAMP, Kind.DATE}): Kind.STRING,
    frozenset({Kind.STRING, Kind.TIMESTAMP, Kind.DATE}): Kind.STRING,
}
"""Types that a property may mix without becoming JSON, and what then holds it."""


@dataclass(frozen=True)
class Field:
    """One column, or one field of a RECORD."""

    source: str
    """The property's name in the record."""
    column: str
    """The column's name in BigQuery."""
    kind: Kind
    repeated: bool = False
    nullable: bool = True
    """Whether the schema allows null."""
    required: bool = False
    """Whether the schema wants the property in every record."""
    fields: tuple[Field, ...] = ()

    @property
    def type_name(self) -> str:
        """The type as SQL writes it."""
        name = str(self.kind)
        if self.kind is Kind.RECORD:
            inner = ", ".join(f"`{f.column}` {f.type_name}" for f in self.fields)
            name = f"STRUCT<{inner}>"
        return f"ARRAY<{name}>" if self.repeated else name

    @property
    def arrow_type(self) -> pa.DataType:
        """The type in the Parquet part."""
        if self.kind is Kind.RECORD:
            inner = pa.struct([pa.field(f.column, f.arrow_type) for f in self.fields])
        else:
            inner = ARROW[self.kind]
        return pa.list_(inner) if self.repeated else inner

    def to_bigquery(self, *, staging: bool = False) -> bigquery.SchemaField:
        """Return the column for BigQuery's API.

        Args:
            staging: Whether the column is for a staging table, where JSON is text.
        """
        kind = Kind.STRING if staging and self.kind is Kind.JSON else self.kind
        return bigquery.SchemaField(
            self.column,
            kind.value,
            mode="REPEATED" if self.repeated else "NULLABLE",
            fields=[f.to_bigquery(staging=staging) for f in self.fields],
        )


@dataclass(frozen=True)
class _Shape:
    """What values a schema describes, null aside."""

    kind: Kind
    repeated: bool = False
    fields: tuple[Field, ...] = ()


_ANYTHING = _Shape(Kind.JSON)


def fields_of(
    stream: str, schema: dict[str, Any], leave_out: frozenset[str] = frozenset()
) -> tuple[Field, ...]:
    """Return the columns for a stream's schema.

    Args:
        stream: The stream's name, for messages.
        schema: The JSON schema of the SCHEMA message.
        leave_out: Properties that get no column.

    Raises:
        SchemaError: If two properties would be one column.
    """
    has_references = '"$ref"' in json.dumps(schema)
    resolved = resolve_schema_references(schema) if has_references else schema
    properties = {
        name: value
        for name, value in resolved.get("properties", {}).items()
        if name not in leave_out
    }
    return _object_fields(f"Stream '{stream}'", {**resolved, "properties": properties})


def _object_fields(
    where: str, schema: dict[str, Any], depth: int = 0
) -> tuple[Field, ...]:
    properties: dict[str, Any] = schema["properties"]
    required = set(schema.get("required") or ())
    names = safe_names(properties, where)
    return tuple(
        _field(
            f"{where}, '{name}'",
            Field(name, names[name], Kind.JSON, required=name in required),
            value,
            depth,
        )
        for name, value in properties.items()
    )


def _field(
    where: str,
    field: Field,
    schema: Any,  # noqa: ANN401 - a schema may be true, false or an object
    depth: int,
) -> Field:
    """Return the field with what its schema says."""
    alternatives, nullable = _alternatives(schema)
    shape = _merge([_shape(where, option, depth) for option in alternatives])
    return replace(
        field,
        kind=shape.kind,
        repeated=shape.repeated,
        fields=shape.fields,
        nullable=nullable,
    )


def _alternatives(schema: Any) -> tuple[list[dict[str, Any]], bool]:  # noqa: ANN401 - a schema may be true, false or an object
    """Return the schemas of single types that a schema offers, and whether null."""
    if not isinstance(schema, dict):
        return [{}], True
    rest = {k: v for k, v in schema.items() if k not in {"anyOf", "oneOf", "allOf"}}
    if choices := schema.get("anyOf") or schema.get("oneOf"):
        found = [_alternatives(choice) for choice in choices]
        return (
            [{**rest, **option} for options, _ in found for option in options],
            any(nullable for _, nullable in found),
        )
    if parts := schema.get("allOf"):
        merged = dict(rest)
        for part in parts:
            merged |= part if isinstance(part, dict) else {}
        return _alternatives(merged)
    if "type" not in schema:
        return [schema], True
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    options = [{**schema, "type": name} for name in types if name != "null"]
    return options, "null" in types


def _shape(where: str, schema: dict[str, Any], depth: int) -> _Shape:
    """Return the shape of a schema of one type."""
    name = schema.get("type")
    if name == "string":
        return _Shape(FORMATS.get(schema.get("format", ""), Kind.STRING))
    if name in SCALARS:
        return _Shape(SCALARS[name])
    if name == "object" and schema.get("properties") and depth < MAX_DEPTH:
        fields = _object_fields(where, schema, depth + 1)
        return _Shape(Kind.RECORD, fields=fields)
    if name == "array":
        options, _ = _alternatives(schema.get("items"))
        item = _merge([_shape(where, option, depth) for option in options])
        # BigQuery has no array of arrays: the inner one is JSON.
        return replace(_ANYTHING if item.repeated else item, repeated=True)
    return _ANYTHING


def _merge(shapes: list[_Shape]) -> _Shape:
    """Return the shape that holds values of any of these shapes."""
    first = shapes[0] if shapes else _ANYTHING
    if all(shape == first for shape in shapes):
        return first
    if any(shape.repeated or shape.fields for shape in shapes):
        return _ANYTHING
    kinds = frozenset(shape.kind for shape in shapes)
    return _Shape(MERGED.get(kinds, Kind.JSON))

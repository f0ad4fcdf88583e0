"""Converts a stream's JSON schema into columns.

A property with several types gets a type that holds all of them exactly, or JSON.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce
from typing import TYPE_CHECKING

from target_bigquery.errors import SchemaError, shorten
from target_bigquery.records.decimals import asked_for
from target_bigquery.records.fields import Field, Kind
from target_bigquery.records.metadata import METADATA
from target_bigquery.records.names import safe_names
from target_bigquery.records.options import (
    COMPOSED,
    Option,
    OptionsReader,
    Schema,
    listed,
    pruned,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_DEPTH = 15
"""Levels of RECORD that BigQuery allows; deeper fields become JSON.

Source: https://cloud.google.com/bigquery/docs/nested-repeated#limitations
"""
MAX_FIELDS = 10_000
"""Columns of a table, with the fields of RECORDs.

Source: https://cloud.google.com/bigquery/quotas#standard_tables
"""
SCALARS = {
    "string": Kind.STRING,
    "integer": Kind.INT64,
    "number": Kind.FLOAT64,
    "boolean": Kind.BOOL,
}
FORMATS = {"date-time": Kind.TIMESTAMP, "date": Kind.DATE}
TEXTS = frozenset({Kind.STRING, Kind.TIMESTAMP, Kind.DATE})
DECIMALS = (Kind.INT64, Kind.NUMERIC, Kind.BIGNUMERIC, Kind.STRING)
"""Each type can store the values of those before it; STRING stores the text."""
RESERVED = tuple(field.column for field in METADATA)


@dataclass(frozen=True)
class _Shape:
    """The values that an option describes, without null."""

    kind: Kind
    repeated: bool = False
    fields: tuple[Field, ...] = ()
    decimal: bool = False
    text: bool = False
    """Whether a decimal comes as a text."""

    @property
    def is_text(self) -> bool:
        """Whether the values are texts."""
        return self.text or (self.kind in TEXTS and not self.decimal)


_ANYTHING = _Shape(Kind.JSON)


def fields_of(
    stream: str, schema: Schema, leave_out: Iterable[str] = ()
) -> tuple[Field, ...]:
    """Return the columns for a stream's schema.

    Args:
        stream: The stream's name, for messages.
        schema: The JSON schema of the SCHEMA message.
        leave_out: Properties that get no column.

    Raises:
        SchemaError: If two properties would be one column, a reference has no target,
            or the schema is too deep or too large for a table.
    """
    root = _root(stream, schema)
    out = set(leave_out)
    properties = root.schema.get("properties", {}).items()
    kept = {name: value for name, value in properties if name not in out}
    root = replace(root, schema={**root.schema, "properties": kept})
    reader = _Reader(stream, schema)
    try:
        fields = reader.fields(root, 0)
    except RecursionError:
        raise _too_deep(stream) from None
    if _count(fields) > MAX_FIELDS:
        raise _too_large(stream)
    return fields


def with_properties(stream: str, schema: object) -> Schema:
    """Return a stream's schema with its properties at the top level.

    Args:
        stream: The stream's name, for messages.
        schema: The JSON schema of the SCHEMA message.

    Raises:
        SchemaError: If it describes no object with properties.
    """
    schema = pruned(schema)
    if isinstance(schema, dict):
        parts = schema.keys() & COMPOSED
        found = {**schema, **_root(stream, schema).schema} if parts else schema
        if isinstance(found.get("properties"), dict):
            return found
    message = f"Stream '{stream}': its schema has no properties: {shorten(schema)}."
    raise SchemaError(message)


def _root(stream: str, schema: Schema) -> Option:
    """Return the schema of a stream's records with all its parts together."""
    try:
        options, _ = _Reader(stream, schema).options(schema, frozenset())
    except RecursionError:
        raise _too_deep(stream) from None
    return options[0] if len(options) == 1 else Option(schema)


def _too_deep(stream: str) -> SchemaError:
    return SchemaError(
        f"Stream '{stream}': its schema is nested too deeply: leave the property out "
        "with a stream map."
    )


def _too_large(stream: str) -> SchemaError:
    return SchemaError(
        f"Stream '{stream}': its schema has more than {MAX_FIELDS:,} columns and "
        "fields, which is the most that BigQuery takes: leave some out with a stream "
        "map."
    )


def _count(fields: tuple[Field, ...]) -> int:
    return len(fields) + sum(_count(field.fields) for field in fields)


class _Reader(OptionsReader):
    """Reads the columns of one stream's schema."""

    _looked_at = 0

    def fields(self, option: Option, depth: int) -> tuple[Field, ...]:
        """Return the fields of an object.

        Raises:
            SchemaError: If BigQuery cannot have fields of these names.
        """
        properties = option.schema["properties"]
        self._looked_at += len(properties)
        if self._looked_at > 10 * MAX_FIELDS:
            raise _too_large(self.stream)
        required = set(listed(option.schema, "required"))
        where = f"Stream '{self.stream}'"
        names = safe_names(properties, where, () if depth else RESERVED)
        return tuple(
            self._field(
                Field(name, names[name], Kind.JSON, required=name in required),
                value,
                option.seen,
                depth,
            )
            for name, value in properties.items()
        )

    def _field(
        self, field: Field, schema: object, seen: frozenset[str], depth: int
    ) -> Field:
        """Return the field that a schema describes."""
        options, nullable = self.options(schema, seen)
        shape = _merge([self._shape(option, depth) for option in options])
        return replace(
            field,
            kind=shape.kind,
            repeated=shape.repeated,
            fields=shape.fields,
            decimal=shape.decimal,
            nullable=nullable,
        )

    def _shape(self, option: Option, depth: int, *, item: bool = False) -> _Shape:
        """Return the shape of an option; `item` is whether it is in an array."""
        schema = option.schema
        name = schema.get("type")
        properties = schema.get("properties")
        if kind := asked_for(name, schema):
            return _Shape(kind, decimal=True, text=name == "string")
        if name == "string":
            return _Shape(FORMATS.get(str(schema.get("format")), Kind.STRING))
        if name in SCALARS:
            return _Shape(SCALARS[name])
        if name in {"object", None} and isinstance(properties, dict) and properties:
            return self._record(option, depth)
        if name == "array" or (name is None and "items" in schema):
            # BigQuery has no array of arrays: the inner one is JSON.
            found = _ANYTHING if item else self._items(option, depth)
            return replace(_ANYTHING if found.repeated else found, repeated=True)
        return _ANYTHING

    def _record(self, option: Option, depth: int) -> _Shape:
        if depth >= MAX_DEPTH:
            return _ANYTHING
        try:
            safe_names(option.schema["properties"], "")
        except SchemaError:
            return _ANYTHING
        return _Shape(Kind.RECORD, fields=self.fields(option, depth + 1))

    def _items(self, option: Option, depth: int) -> _Shape:
        if "prefixItems" in option.schema:
            return _ANYTHING
        options, _ = self.options(option.schema.get("items"), option.seen)
        return _merge([self._shape(each, depth, item=True) for each in options])


def _merge(shapes: list[_Shape]) -> _Shape:
    """Return the shape that can store values of any of these shapes."""
    return reduce(_either, shapes) if shapes else _ANYTHING


def _either(one: _Shape, other: _Shape) -> _Shape:
    if one == other or one.repeated or other.repeated or one.fields or other.fields:
        return _either_nested(one, other)
    kinds = {one.kind, other.kind}
    if not kinds.isdisjoint({Kind.JSON, Kind.BOOL}):
        return _ANYTHING
    if one.text and other.text:
        return _Shape(max(kinds, key=DECIMALS.index), decimal=True, text=True)
    if one.is_text or other.is_text:
        return _Shape(Kind.STRING) if one.is_text and other.is_text else _ANYTHING
    if kinds <= set(DECIMALS[:-1]):
        return _Shape(max(kinds, key=DECIMALS.index), decimal=True)
    return _Shape(Kind.FLOAT64)


def _either_nested(one: _Shape, other: _Shape) -> _Shape:
    """Return the shape for two arrays or objects, which must be nearly the same."""
    if one.repeated == other.repeated and one.fields and other.fields:
        fields = _either_fields(one.fields, other.fields)
        return _ANYTHING if fields is None else replace(one, fields=fields)
    return one if one == other else _ANYTHING


def _either_fields(
    one: tuple[Field, ...], other: tuple[Field, ...]
) -> tuple[Field, ...] | None:
    """Return the fields of two objects that differ in what may be missing only."""
    if len(one) != len(other):
        return None
    found = []
    for a, b in zip(one, other, strict=True):
        inner = _either_fields(a.fields, b.fields)
        if inner is None or replace(a, fields=()) != replace(
            b, fields=(), nullable=a.nullable, required=a.required
        ):
            return None
        nullable, required = a.nullable or b.nullable, a.required and b.required
        found.append(replace(a, fields=inner, nullable=nullable, required=required))
    return tuple(found)

"""Converts a row of the response to a record."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from tap_linear.common.graphql_ast import Path, response_name
from tap_linear.common.values import conversion
from tap_linear.documents import selection
from tap_linear.documents.selection import fields

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from graphql import FieldNode

    from tap_linear.common.columns import Schema

Row = dict[str, Any]


def snake(name: str) -> str:
    """Return a camelCase name in snake_case."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def reader(
    row: FieldNode,
    schema: Schema,
    unusable: Callable[[str, Any, Row], None] = lambda *_: None,
) -> Callable[[Row], Row]:
    """Return a function that converts a row of the response to a record.

    Args:
        row: The field whose selection is the row.
        schema: JSON schema of the record: the types of its columns, and its key.
        unusable: Called with each value that does not fit its column; the column is
            then null, and a list is empty.

    Returns:
        A function that raises TypeError if a part of the key is null or does not fit.
    """
    keys = frozenset(schema.get("required", ()))
    plan = [
        _Column(column, path, conversion(about), "array" in about["type"])
        for selected in fields(row)
        for column, path in columns(selected)
        if (about := schema["properties"].get(column)) is not None
    ]

    def read(row: Row) -> Row:
        record: Row = {}
        for column, (outer, *inner), convert, is_list in plan:
            value = row.get(outer)
            if inner and value is not None:
                value = _inner(value, inner[0])
            record[column] = [] if is_list else None
            if value is not None:
                try:
                    record[column] = convert(value)
                except (OverflowError, TypeError, ValueError):
                    if column not in keys:
                        unusable(column, value, row)
            if record[column] is None and column in keys:
                raise TypeError(column)
        return record

    return read


class _Column(NamedTuple):
    """How a column is read: name, path, conversion, whether it is a list."""

    name: str
    path: Path
    convert: Callable[[Any], Any]
    is_list: bool


def _inner(value: Any, name: str) -> Any:  # noqa: ANN401 - JSON
    """Return the values of an object; of a connection, its IDs."""
    found = value[name]
    return [node["id"] for node in found] if name == "nodes" else found


def columns(selected: FieldNode) -> Iterator[tuple[str, Path]]:
    """Yield the columns that a field of a row fills, each with its path."""
    name = response_name(selected)
    if selected.selection_set is None:
        yield snake(name), (name,)
    elif selection.is_connection(selected):
        yield snake(name), (name, "nodes")
    else:
        for inner in fields(selected):
            yield (
                f"{snake(name)}_{snake(response_name(inner))}",
                (name, response_name(inner)),
            )

"""The SQL expressions that turn staged columns into the table's columns.

BigQuery coerces one STRUCT to another by the position of the fields and ignores their
names, in INSERT, UPDATE, MERGE and UNION ALL alike. So each RECORD whose fields differ
from the table's is rebuilt by name, in the table's order, at every depth.

Source: https://cloud.google.com/bigquery/docs/reference/standard-sql/conversion_rules
and GoogleSQL's analyzer (`zetasql`).
"""

# ruff: noqa: S608 - only identifiers go into them, and `names.py` leaves no quote in one

from __future__ import annotations

from typing import TYPE_CHECKING

from target_bigquery.records.fields import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from google.cloud.bigquery import SchemaField

    from target_bigquery.records.fields import Field

# The API names types in their legacy spelling:
# https://cloud.google.com/bigquery/docs/reference/rest/v2/tables#TableFieldSchema
LEGACY = {
    "INTEGER": "INT64",
    "FLOAT": "FLOAT64",
    "BOOLEAN": "BOOL",
    "STRUCT": "RECORD",
}


def quote(*names: str) -> str:
    """Return a name, or a path of names, between backticks.

    Args:
        names: Identifiers; none of them holds a backtick.
    """
    return f"`{'.'.join(names)}`"


def unused(name: str, taken: Iterable[str]) -> str:
    """Return a name for a table or variable that no column has.

    A column with the name of the alias would hide the alias, or be updated as the whole
    row.

    Args:
        name: The name to use if no column has it.
        taken: The names of the columns.
    """
    lower = {other.lower() for other in taken}
    while name.lower() in lower:
        name += "_"
    return name


def kind_of(column: SchemaField) -> str:
    """Return the type of a column, or of its elements, in GoogleSQL's spelling.

    Args:
        column: A column of a table.
    """
    return LEGACY.get(column.field_type, str(column.field_type))


def type_name(column: SchemaField) -> str:
    """Return a column's whole type as SQL writes it.

    Args:
        column: A column of a table.
    """
    name = kind_of(column)
    if name == "RECORD":
        inner = ", ".join(f"{quote(f.name)} {type_name(f)}" for f in column.fields)
        name = f"STRUCT<{inner}>"
    elif name == "RANGE":
        name = f"RANGE<{column.range_element_type.element_type}>"
    return f"ARRAY<{name}>" if column.mode == "REPEATED" else name


def written(column: SchemaField, staged: Field | None, value: str) -> str:
    """Return the expression that gives a column of the table its value.

    Args:
        column: The column of the table.
        staged: The column of the staging table, None if it has no such column.
        value: The expression that reads the staged column.
    """
    return _whole(column, staged, value, 0)


def _whole(column: SchemaField, staged: Field | None, value: str, depth: int) -> str:
    """Return the expression for a column or field; `depth` counts the loops around."""
    if staged is None:
        return f"CAST(NULL AS {type_name(column)})"
    if _fits(column, staged):
        return value
    repeated = column.mode == "REPEATED"
    if kind_of(column) == "JSON" and (staged.kind, staged.repeated) != (
        Kind.JSON,
        repeated,
    ):
        # An older part may have its own type for a column that is JSON in the table.
        return f"TO_JSON({_whole(staged.to_bigquery(), staged, value, depth)})"
    if not staged.repeated:
        return _one(column, staged, value, depth)
    # UNNEST brings the RECORDs' fields into the scope, under their bare names.
    fields = [field.column for field in staged.fields]
    item, offset = unused(f"item{depth}", fields), unused(f"offset{depth}", fields)
    inner = _one(column, staged, item, depth + 1)
    return (
        f"ARRAY(SELECT {inner} FROM UNNEST({value}) AS {item} "
        f"WITH OFFSET AS {offset} ORDER BY {offset})"
    )


def _one(column: SchemaField, staged: Field, value: str, depth: int) -> str:
    """Return the expression for one value, which may be an element of an array."""
    if staged.kind is Kind.JSON:
        # Staging holds JSON as text, because BigQuery loads no JSON from Parquet.
        # The target has rejected each number that is not a double. Without the mode,
        # BigQuery refuses doubles too whose text differs from its own: 67.174118.
        # https://cloud.google.com/bigquery/docs/reference/standard-sql/json_functions#parse_json
        return f"PARSE_JSON({value}, wide_number_mode => 'round')"
    if staged.kind is not Kind.RECORD:
        return f"CAST({value} AS {kind_of(column)})"
    there = {field.column.lower(): field for field in staged.fields}
    parts = []
    for field in column.fields:
        inner = there.get(field.name.lower())
        path = f"{value}.{quote(inner.column)}" if inner else ""
        parts.append(f"{_whole(field, inner, path, depth)} AS {quote(field.name)}")
    return f"IF({value} IS NULL, NULL, STRUCT({', '.join(parts)}))"


def _fits(column: SchemaField, staged: Field) -> bool:
    """Return whether the staged value needs no conversion for the table's column."""
    if staged.kind is Kind.JSON or kind_of(column) != staged.kind:
        return False
    pairs = list(zip(column.fields, staged.fields, strict=False))
    return len(column.fields) == len(staged.fields) == len(pairs) and all(
        field.name.lower() == inner.column.lower() and _fits(field, inner)
        for field, inner in pairs
    )

"""The statements of a commit. Each is one job, so it happens whole or not at all.

Only identifiers go into them, and `names.py` leaves no quote in one.
"""

# ruff: noqa: S608 - see above

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from target_bigquery.fields import Field, Kind
from target_bigquery.metadata import SEQUENCE

if TYPE_CHECKING:
    from collections.abc import Sequence

DELETED_AT = "_sdc_deleted_at"
VERSION = "_sdc_table_version"
EXACT_IN_FLOAT64 = 2**53
"""Up to here every integer is a double."""


def quote(*names: str) -> str:
    """Return a name, or a path of names, between backticks.

    Args:
        names: Identifiers; none of them holds a backtick.
    """
    return f"`{'.'.join(names)}`"


def has_json(field: Field) -> bool:
    """Return whether a column is, or holds, JSON.

    Args:
        field: The column.
    """
    return field.kind is Kind.JSON or any(map(has_json, field.fields))


def parsed(field: Field, value: str, depth: int = 0) -> str:
    """Return the expression that turns a staged value into the table's.

    Staging holds JSON as text, because BigQuery loads no JSON from Parquet.

    Args:
        field: The column.
        value: The expression that reads it from staging.
        depth: How many arrays lie around it, for the names of the loop variables.
    """
    if not has_json(field):
        return value
    if field.repeated:
        item, offset = f"item{depth}", f"offset{depth}"
        inner = _parsed_one(field, item, depth + 1)
        return (
            f"ARRAY(SELECT {inner} FROM UNNEST({value}) AS {item} "
            f"WITH OFFSET AS {offset} ORDER BY {offset})"
        )
    return _parsed_one(field, value, depth)


def _parsed_one(field: Field, value: str, depth: int) -> str:
    if field.kind is Kind.JSON:
        return f"PARSE_JSON({value})"
    inner = ", ".join(
        f"{parsed(f, f'{value}.{quote(f.column)}', depth)} AS {quote(f.column)}"
        for f in field.fields
    )
    return f"IF({value} IS NULL, NULL, STRUCT({inner}))"


@dataclass(frozen=True)
class Staged:
    """A loaded staging table."""

    name: str
    """Project, dataset and table."""
    fields: tuple[Field, ...]
    """Its columns."""


def rows_of(
    fields: Sequence[Field], tables: Sequence[Staged], keys: Sequence[Field]
) -> str:
    """Return the query that reads staging tables as the table wants their rows.

    Of several rows with one key it keeps the last: a MERGE whose source has two rows
    for one row of the target fails on BigQuery.

    Args:
        fields: The table's columns to write.
        tables: The staging tables; older ones may lack columns.
        keys: The key columns, none where every row counts.
    """
    parts = [_rows_of_one(fields, table) for table in tables]
    query = parts[0]
    if len(parts) > 1:
        query = f"SELECT * FROM ({' UNION ALL '.join(parts)}) AS staged"
    if keys:
        by = ", ".join(_groupable(key) for key in keys)
        query += (
            f" WHERE TRUE QUALIFY ROW_NUMBER() OVER (PARTITION BY {by} "
            f"ORDER BY staged.{quote(SEQUENCE)} DESC) = 1"
        )
    return query


def _rows_of_one(fields: Sequence[Field], table: Staged) -> str:
    there = {field.column.lower(): field for field in table.fields}
    columns = ", ".join(
        f"{_as(field, there.get(field.column.lower()))} AS {quote(field.column)}"
        for field in fields
    )
    return f"SELECT {columns} FROM {quote(table.name)} AS staged"


def _as(wanted: Field, there: Field | None) -> str:
    """Return the expression for a column that staging may lack or hold narrower."""
    if there is None:
        return f"CAST(NULL AS {wanted.type_name})"
    value = parsed(there, f"staged.{quote(there.column)}")
    if there.kind is wanted.kind:
        return value
    return f"CAST({value} AS {wanted.type_name})"


def _groupable(key: Field) -> str:
    """BigQuery partitions by no FLOAT64; as text two different ones stay different."""
    value = f"staged.{quote(key.column)}"
    return f"CAST({value} AS STRING)" if key.kind is Kind.FLOAT64 else value


def upsert(
    table: str,
    source: str,
    fields: Sequence[Field],
    keys: Sequence[Field],
    *,
    hard_delete: bool = False,
) -> str:
    """Return the MERGE that writes the source's rows over those of the same key.

    Args:
        table: The table's full name.
        source: The query of the rows, one per key.
        fields: The columns to write.
        keys: The key columns.
        hard_delete: Whether a row that says it is deleted goes.
    """
    same = " AND ".join(f"T.{quote(k.column)} = S.{quote(k.column)}" for k in keys)
    others = [field for field in fields if field not in keys]
    # Without the target's alias on the left: the local BigQuery refuses it there.
    changes = ", ".join(f"{quote(f.column)} = S.{quote(f.column)}" for f in others)
    deleted = f"S.{quote(DELETED_AT)} IS NOT NULL"
    clauses = [f"MERGE {quote(table)} AS T USING ({source}) AS S ON {same}"]
    if hard_delete:
        clauses.append(f"WHEN MATCHED AND {deleted} THEN DELETE")
    if changes:
        clauses.append(f"WHEN MATCHED THEN UPDATE SET {changes}")
    condition = f" AND NOT ({deleted})" if hard_delete else ""
    clauses.append(f"WHEN NOT MATCHED{condition} THEN {_insert(fields)}")
    return " ".join(clauses)


def _insert(fields: Sequence[Field]) -> str:
    columns = ", ".join(quote(field.column) for field in fields)
    values = ", ".join(f"S.{quote(field.column)}" for field in fields)
    return f"INSERT ({columns}) VALUES ({values})"


def append(table: str, source: str, fields: Sequence[Field]) -> str:
    """Return the INSERT of the source's rows.

    Args:
        table: The table's full name.
        source: The query of the rows.
        fields: The columns to write.
    """
    columns = ", ".join(quote(field.column) for field in fields)
    return f"INSERT INTO {quote(table)} ({columns}) {source}"


def overwrite(table: str, source: str, fields: Sequence[Field]) -> str:
    """Return the MERGE that replaces all rows at once.

    One statement, so readers see the old rows or the new ones, and the table keeps
    its grants and description:
    https://cloud.google.com/bigquery/docs/reference/standard-sql/dml-syntax#merge_examples

    Args:
        table: The table's full name.
        source: The query of the new rows.
        fields: The columns to write.
    """
    return (
        f"MERGE {quote(table)} AS T USING ({source}) AS S ON FALSE "
        f"WHEN NOT MATCHED BY SOURCE THEN DELETE "
        f"WHEN NOT MATCHED BY TARGET THEN {_insert(fields)}"
    )


def empty(table: str) -> str:
    """Return the statement that removes every row.

    Args:
        table: The table's full name.
    """
    return f"DELETE FROM {quote(table)} WHERE TRUE"


def activate(table: str, version: int, *, hard_delete: bool) -> str:
    """Return the statement that retires the rows of earlier versions.

    Args:
        table: The table's full name.
        version: The version whose rows stay.
        hard_delete: Whether the others go, or get the time as `_sdc_deleted_at`.
    """
    older = f"({quote(VERSION)} IS NULL OR {quote(VERSION)} < {int(version)})"
    if hard_delete:
        return f"DELETE FROM {quote(table)} WHERE {older}"
    return (
        f"UPDATE {quote(table)} SET {quote(DELETED_AT)} = CURRENT_TIMESTAMP() "
        f"WHERE {older} AND {quote(DELETED_AT)} IS NULL"
    )


def first_row(table: str) -> str:
    """Return the query that finds one row, if there is any.

    Args:
        table: The table's full name.
    """
    return f"SELECT 1 FROM {quote(table)} LIMIT 1"


def count_inexact(table: str, column: str) -> str:
    """Return the query that counts the integers which FLOAT64 would round.

    Args:
        table: The table's full name.
        column: An INT64 column.
    """
    return (
        f"SELECT COUNTIF(ABS({quote(column)}) > {EXACT_IN_FLOAT64}) AS inexact "
        f"FROM {quote(table)}"
    )


def widen(table: str, column: str, kind: str) -> str:
    """Return the statement that gives a column a wider type.

    Args:
        table: The table's full name.
        column: The column's name.
        kind: The wider type.
    """
    return (
        f"ALTER TABLE {quote(table)} ALTER COLUMN {quote(column)} SET DATA TYPE {kind}"
    )

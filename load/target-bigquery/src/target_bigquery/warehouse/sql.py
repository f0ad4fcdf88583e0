"""The statements of a commit.

Each is one job, so it takes effect completely or not at all. They contain only
identifiers, numbers and dates, and `names.py` removes quotes.
"""

# ruff: noqa: S608 - see above

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import TYPE_CHECKING, Any

from target_bigquery.records.fields import Field, Kind
from target_bigquery.records.metadata import SEQUENCE
from target_bigquery.warehouse.expressions import quote, unused, written

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from google.cloud.bigquery import SchemaField

RECEIVED_AT = "_sdc_received_at"
DELETED_AT = "_sdc_deleted_at"
VERSION = "_sdc_table_version"
EXACT_IN_FLOAT64 = 2**53
"""Every integer up to this one is a double."""


@dataclasses.dataclass(frozen=True)
class Staged:
    """A loaded staging table."""

    name: str
    """Project, dataset and table."""
    fields: tuple[Field, ...]
    """Its columns."""
    bounds: Mapping[str, tuple[Any, Any]] = dataclasses.field(default_factory=dict)
    """Lowest and highest value by key column: integers, dates or moments."""


class Write:
    """Writes rows of staging tables into a table.

    Columns that no staging table has
    keep their values in rows that exist.
    """

    def __init__(
        self,
        table: str,
        schema: Sequence[SchemaField],
        staged: Sequence[Staged],
        keys: Sequence[Field],
    ) -> None:
        """Choose the columns and the aliases.

        Args:
            table: The table's full name.
            schema: All columns of the table, in its order.
            staged: The staging tables, at least one; each may lack columns.
            keys: The key columns; none if every row is kept.
        """
        sent = {field.column.lower() for part in staged for field in part.fields}
        self.table = quote(table)
        self.staged = staged
        self.keys = keys
        self.columns = [column for column in schema if column.name.lower() in sent]
        self.names = [quote(column.name) for column in self.columns]
        taken = {*sent, *(column.name.lower() for column in schema)}
        self._row = unused("staged", taken)
        self._old = unused("T", taken)
        self._new = unused("S", taken)

    def upsert(self, *, hard_delete: bool = False) -> str:
        """Return the MERGE that replaces the rows with the same key.

        Args:
            hard_delete: Whether a row that is marked as deleted is removed.
        """
        old, new = self._old, self._new
        keys = [quote(key.column) for key in self.keys]
        same = " AND ".join(f"{old}.{key} = {new}.{key}" for key in keys)
        # Without the target's alias on the left: the local BigQuery refuses it there.
        changes = ", ".join(f"{n} = {new}.{n}" for n in self.names if n not in keys)
        deleted = f"{new}.{quote(DELETED_AT)} IS NOT NULL"
        clauses = [f"MERGE {self.table} AS {old} USING ({self.rows()}) AS {new}"]
        clauses.append(f"ON {same}{self._ranges()}")
        if hard_delete:
            clauses.append(f"WHEN MATCHED AND {deleted} THEN DELETE")
        if changes:
            clauses.append(f"WHEN MATCHED THEN UPDATE SET {changes}")
        condition = f" AND NOT ({deleted})" if hard_delete else ""
        clauses.append(f"WHEN NOT MATCHED{condition} THEN {self._insert()}")
        return " ".join(clauses)

    def _ranges(self) -> str:
        """Return conditions that hold for every row of the table with a staged key.

        With constants, BigQuery reads only the blocks of a clustered table in which
        such rows can be; it cannot derive them from the keys of the staging table:
        https://cloud.google.com/bigquery/docs/querying-clustered-tables
        """
        ranges = ""
        for key in self.keys:
            found = [part.bounds.get(key.column) for part in self.staged]
            bounds = [pair for pair in found if pair is not None]
            if len(bounds) == len(found):
                low, high = min(b[0] for b in bounds), max(b[1] for b in bounds)
                column = f"{self._old}.{quote(key.column)}"
                ranges += f" AND {column} BETWEEN {_literal(low)} AND {_literal(high)}"
        return ranges

    def append(self) -> str:
        """Return the INSERT of the rows."""
        return f"INSERT INTO {self.table} ({', '.join(self.names)}) {self.rows()}"

    def first_load(self, *, hard_delete: bool = False) -> str:
        """Return the INSERT of the last row of each key into an empty table.

        It has no join, and inserts nothing if the table has a row: then another run was
        faster, and the rows need `upsert`.

        Args:
            hard_delete: Whether a row that is marked as deleted is left out.
        """
        condition = f"NOT EXISTS (SELECT 1 FROM {self.table})"
        query = self.rows(condition)
        if hard_delete:
            # After the last row is chosen, so that an earlier one does not replace it.
            query = (
                f"SELECT * FROM ({query}) AS {self._new} "
                f"WHERE {self._new}.{quote(DELETED_AT)} IS NULL"
            )
        return f"INSERT INTO {self.table} ({', '.join(self.names)}) {query}"

    def overwrite(self) -> str:
        """Return the MERGE that replaces all rows at once.

        One statement, so readers see the old rows or the new ones, and the table keeps
        its grants and description:
        https://cloud.google.com/bigquery/docs/reference/standard-sql/dml-syntax#merge_examples
        """
        return (
            f"MERGE {self.table} AS {self._old} USING ({self.rows()}) AS {self._new} "
            f"ON FALSE WHEN NOT MATCHED BY SOURCE THEN DELETE "
            f"WHEN NOT MATCHED BY TARGET THEN {self._insert()}"
        )

    def _insert(self) -> str:
        values = ", ".join(f"{self._new}.{name}" for name in self.names)
        return f"INSERT ({', '.join(self.names)}) VALUES ({values})"

    def rows(self, condition: str = "TRUE") -> str:
        """Return the query that reads the staging tables with the table's columns.

        Of several rows with the same key, it keeps the last: in BigQuery, a MERGE fails
        if its source has two rows for one row of the target.

        Args:
            condition: A further condition, if there are keys.
        """
        parts = [self._rows_of(part) for part in self.staged]
        query = parts[0]
        if len(parts) > 1:
            query = f"SELECT * FROM ({' UNION ALL '.join(parts)}) AS {self._row}"
        if self.keys:
            by = ", ".join(map(self._groupable, self.keys))
            query += (
                f" WHERE {condition} QUALIFY ROW_NUMBER() OVER (PARTITION BY {by} "
                f"ORDER BY {self._row}.{quote(SEQUENCE)} DESC) = 1"
            )
        return query

    def _rows_of(self, part: Staged) -> str:
        there = {field.column.lower(): field for field in part.fields}
        values = []
        for column, name in zip(self.columns, self.names, strict=True):
            field = there.get(column.name.lower())
            value = f"{self._row}.{quote(field.column)}" if field else ""
            values.append(f"{written(column, field, value)} AS {name}")
        return f"SELECT {', '.join(values)} FROM {quote(part.name)} AS {self._row}"

    def _groupable(self, key: Field) -> str:
        """Return the expression to partition by, which FLOAT64 cannot be."""
        value = f"{self._row}.{quote(key.column)}"
        return f"CAST({value} AS STRING)" if key.kind is Kind.FLOAT64 else value


def _literal(value: int | dt.date) -> str:
    if isinstance(value, dt.datetime):
        return f"TIMESTAMP '{value.astimezone(dt.UTC).isoformat(' ')}'"
    if isinstance(value, dt.date):
        return f"DATE '{value.isoformat()}'"
    return str(int(value))


def empty(table: str) -> str:
    """Return the statement that removes every row.

    Args:
        table: The table's full name.
    """
    return f"DELETE FROM {quote(table)} WHERE TRUE"


def activate(table: str, version: int, *, hard_delete: bool) -> str:
    """Return the statement that soft-deletes the rows of earlier versions.

    Args:
        table: The table's full name.
        version: The version whose rows stay.
        hard_delete: Whether the others are removed, or get the time as
            `_sdc_deleted_at`.
    """
    older = f"({quote(VERSION)} IS NULL OR {quote(VERSION)} < {int(version)})"
    if hard_delete:
        return f"DELETE FROM {quote(table)} WHERE {older}"
    return (
        f"UPDATE {quote(table)} SET {quote(DELETED_AT)} = CURRENT_TIMESTAMP() "
        f"WHERE {older} AND {quote(DELETED_AT)} IS NULL"
    )


def last_received(table: str) -> str:
    """Return the query that finds when the last row of a table was received.

    Args:
        table: The table's full name.
    """
    return f"SELECT MAX({quote(RECEIVED_AT)}) AS last FROM {quote(table)}"


def count_rows(table: str) -> str:
    """Return the query that counts the rows of a table; BigQuery bills nothing for it.

    Args:
        table: The table's full name.
    """
    return f"SELECT COUNT(*) AS n FROM {quote(table)}"


def newest_version(table: str) -> str:
    """Return the query that finds the highest version of a table's rows.

    Args:
        table: The table's full name.
    """
    return f"SELECT MAX({quote(VERSION)}) AS newest FROM {quote(table)}"


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
        # Without ABS, which fails for the smallest integer.
        f"SELECT COUNTIF({quote(column)} NOT BETWEEN -{EXACT_IN_FLOAT64} "
        f"AND {EXACT_IN_FLOAT64}) AS inexact FROM {quote(table)}"
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

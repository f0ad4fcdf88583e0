"""Notices that a table lost rows, or was replaced, since the last load.

A bookmark
depends on rows in the table. So the target writes a label on each table that it has
changed: the number of rows and when the table was created. A run that continues from a
bookmark compares the label with the table.

The label must never be higher than the number of rows that a healthy table has. So it
is set to "unknown" before a statement that removes rows, and to the number of rows at
the end of the run. A run that is killed in between leaves a lower number or "unknown".
"""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from google.api_core.exceptions import PreconditionFailed

from target_bigquery.errors import WarehouseError
from target_bigquery.warehouse import sql

if TYPE_CHECKING:
    from google.cloud import bigquery

    from target_bigquery.warehouse.client import Warehouse
    from target_bigquery.warehouse.jobs import StreamStats

LABEL = "throughline_rows"
"""The label of a table: `<rows>-<creation time in ms>`, `<rows>` or `unknown`."""
UNKNOWN = "unknown"
MARGIN = dt.timedelta(hours=1)
"""How much younger than its last row a table without a label must be.

Versions without labels created a table while its first rows were already coming in.
"""

logger = logging.getLogger("target-bigquery")


@dataclass
class RowCount:
    """The number of rows that a stream's table must have."""

    warehouse: Warehouse
    table: str
    """The table's full name."""
    stream: str
    stats: StreamStats
    is_unknown: bool = False
    """Whether this run has set the label to "unknown"."""

    def problem(self, table: bigquery.Table) -> str | None:
        """Return why the table cannot have all rows before a bookmark, if it cannot.

        Args:
            table: The table as it is before this run changes it.
        """
        rows, _, created = (table.labels.get(LABEL) or "").partition("-")
        is_labeled = bool(rows)
        if not is_labeled or created not in {"", _milliseconds(table)}:
            return self._replaced(table, is_labeled=is_labeled)
        partitions = table.time_partitioning
        if not rows.isdecimal() or (partitions and partitions.expiration_ms):
            return None
        if self._count(table) >= int(rows) or (there := self._query()) >= int(rows):
            return None
        return f"has {there:,} rows, but had {int(rows):,} after the last load"

    def _count(self, table: bigquery.Table) -> int:
        # The local BigQuery sometimes returns the count of another table that is read
        # at the same time: it runs all such calls on one connection to DuckDB.
        if self.warehouse.settings.api_endpoint:
            return self._query()
        return self.warehouse.count_rows(table)

    def _query(self) -> int:
        job = self.warehouse.jobs.query(
            sql.count_rows(self.table),
            f"count the rows of table '{self.table}'",
            self.stream,
            self.stats,
        )
        return int(next(iter(self.warehouse.jobs.rows(job)))["n"])

    def _replaced(self, table: bigquery.Table, *, is_labeled: bool) -> str | None:
        names = {column.name.lower() for column in table.schema}
        if sql.RECEIVED_AT not in names or table.created is None:
            return None
        job = self.warehouse.jobs.query(
            sql.last_received(self.table),
            f"read when the last row of table '{table.table_id}' was loaded",
            self.stream,
            self.stats,
        )
        last: dt.datetime | None = next(iter(self.warehouse.jobs.rows(job)))["last"]
        if is_labeled or self.warehouse.labels_tables(table.dataset_id):
            replaced = last is None or last < table.created
        else:
            replaced = last is not None and last + MARGIN < table.created
        if not replaced:
            return None
        return (
            f"was created again or restored at {table.created:%Y-%m-%d %H:%M} UTC, "
            "after the last load"
        )

    def forget(self) -> None:
        """Set the label to "unknown", before a statement that may remove rows."""
        if self.is_unknown:
            return
        table = self.warehouse.get_table(self.table)
        if table is not None:
            self.warehouse.label_table(table, {LABEL: UNKNOWN})
        self.is_unknown = True

    def note(self) -> None:
        """Write the number of rows into the label; never raises.

        A lower number in the label is harmless, so a failure is only logged.
        """
        try:
            table = self.warehouse.get_table(self.table)
            if table is None:
                return
            rows = self._count(table)
            value = f"{rows}-{_milliseconds(table)}"
            if table.labels.get(LABEL) != value:
                self.warehouse.label_table(table, {LABEL: value})
            self.is_unknown = False
        except WarehouseError as error:
            if not isinstance(error.__cause__, PreconditionFailed):
                logger.warning(
                    "Table '%s': could not write the number of its rows into its "
                    "label, so the next run cannot notice lost rows: %s",
                    self.table,
                    error,
                )


def _milliseconds(table: bigquery.Table) -> str:
    return f"{table.created.timestamp() * 1000:.0f}" if table.created else ""

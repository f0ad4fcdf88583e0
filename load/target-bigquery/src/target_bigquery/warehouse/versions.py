"""The versions of a table's rows, and the check that they increase."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from target_bigquery.warehouse import sql

if TYPE_CHECKING:
    from target_bigquery.warehouse.jobs import Jobs, StreamStats

logger = logging.getLogger("target-bigquery")


class Versions:
    """The highest version in a table as it was before this run.

    Args:
        jobs: Runs the query.
        table: Project, dataset and table.
        stream: The stream.
        stats: Where the query is counted.
    """

    def __init__(self, jobs: Jobs, table: str, stream: str, stats: StreamStats) -> None:
        """Begin without knowing the version."""
        self._jobs = jobs
        self._table = table
        self._stream = stream
        self._stats = stats
        self._is_read = False
        self._newest: int | None = None

    def read(self) -> None:
        """Read the highest version, once: one query over one column."""
        if self._is_read:
            return
        self._is_read = True
        job = self._jobs.query(
            sql.newest_version(self._table),
            f"read the versions of table '{self._name}'",
            self._stream,
            self._stats,
        )
        self._newest = next(iter(self._jobs.rows(job)))["newest"]

    @property
    def _name(self) -> str:
        return self._table.rpartition(".")[2]

    def check(self, version: int) -> None:
        """Warn if a version is lower than the highest one.

        Args:
            version: The version that is activated.
        """
        if self._newest is not None and version < self._newest:
            logger.warning(
                "Stream '%s' activates version %d, but table '%s' has rows of "
                "version %d: versions must increase, so rows that the source has "
                "deleted cannot be detected. Was the clock wrong in an earlier run? "
                "Rows of the higher version stay as they are until a record replaces "
                "them.",
                self._stream,
                version,
                self._name,
                self._newest,
            )

"""Streams that are read completely in each run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_linear import conditions
from tap_linear.streams.base import LinearStream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_linear.documents.records import Row


class WholeStream(LinearStream):
    """A small entity: each run reads it completely, so that it shows deletions."""

    is_whole = True
    """Whether the last pass returned every row."""

    def read(self) -> Iterator[Row]:
        """Yield every row, then report that the version is complete."""
        self.begin_version()
        done = 0
        for rows in self.rows():
            failed: dict[str, str] = {}
            for row in self.completed(rows, failed):
                record = self.record(row, failed)
                if record is not None:
                    done += 1
                    yield record
            for key, reason in failed.items():
                self.is_whole = False
                self.faults.add(
                    conditions.ROW_INCOMPLETE,
                    stream=self.name,
                    message=reason,
                    item=key,
                )
            self.run.progress.log(self.name, done)
        if self.is_whole:
            self.end_version(done)

    def rows(self) -> Iterator[list[Row]]:
        """Yield the rows, page by page."""
        reading = self.reading()
        for batch in reading:
            yield [row for row in batch.rows if self.in_teams(row)]
        self.is_whole = self.is_whole and reading.is_complete

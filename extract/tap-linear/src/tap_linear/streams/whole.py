"""Streams that are read completely in each run."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from tap_linear import conditions
from tap_linear.documents.nested import PAGE_MAX
from tap_linear.streams.base import LinearStream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_linear.documents.records import Row
    from tap_linear.streams.first_pages import FirstPages

GROWTH = 10  # a list may have grown by a tenth, or by this many rows, since it was read


class WholeStream(LinearStream):
    """A small entity: each run reads it completely, so that it shows deletions."""

    usual_rows: ClassVar[int] = PAGE_MAX
    """Rows of the first page, as long as no run has counted the rows of the list."""
    is_whole = True
    """Whether the last pass returned every row."""

    @property
    def first_pages(self) -> FirstPages:
        """Requests the first page together with those of other lists."""
        return self._tap.first_pages

    @property
    def first_rows(self) -> int:
        """Rows of the first page: as many as the last run read, and some more.

        Linear charges for the requested rows (docs/apis/linear.md, "Complexity").
        """
        known = self.run.workspace.rows_of(self.name)
        if self.run.teams and self.team_filter is None:
            known = PAGE_MAX  # only rows of the teams were counted
        rows = self.usual_rows if known is None else known + max(GROWTH, known // 10)
        return min(rows, self.page_size.value)

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
        reading.first_rows = self.first_rows
        reading.first_page = self.first_pages.take(self)
        for batch in reading:
            yield [row for row in batch.rows if self.in_teams(row)]
        self.is_whole = self.is_whole and reading.is_complete

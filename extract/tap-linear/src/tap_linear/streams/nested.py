"""Reads the lists inside of rows on where they are longer than their first page."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tap_linear.documents.document import BUDGET, PAGE_MAX
from tap_linear.streams.shapes import page
from tap_linear.transport.client import TRIES
from tap_linear.transport.errors import (
    FailedError,
    GoneError,
    IncompleteError,
    PageRefusedError,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tap_linear.documents.document import Document, Nested, Row
    from tap_linear.streams.interfaces import PageReader
    from tap_linear.transport.page_size import PageSize

CONTINUED = 25  # nested rows of the first continuation; four times as many each time


@dataclass
class Continuation:
    """Reads one nested connection of several rows to its end.

    One request continues several rows, as many as its price allows.

    Args:
        stream: The stream that reads.
        document: The document of the rows.
        nested: The connection.
        failed: Why a row's list could not be read to its end, by the row's ID.
    """

    stream: PageReader
    document: Document
    nested: Nested
    failed: dict[str, str]
    _cursors: dict[str, set[str | None]] = field(default_factory=dict)
    _first: int = CONTINUED

    def read(self, rows: list[Row]) -> Iterator[tuple[Row, list[Row]]]:
        """Yield the nodes that rows have beyond their first page.

        Args:
            rows: Rows as the API has them, with the first page.
        """
        key = self.nested.key
        if self.nested.has_cursor:
            open_ = list(self._unfinished((row, row[key]) for row in rows))
        else:
            full = [row for row in rows if len(row[key]["nodes"]) >= self.nested.first]
            for row in full:
                row[key] = {"nodes": []}  # read from its beginning
            open_ = [(row, None) for row in full]
        while open_:
            pages = list(self._next_pages(open_))
            for row, found in pages:
                yield row, found["nodes"]
            open_ = list(self._unfinished(pages))
            self._first = min(PAGE_MAX, self._first * 4)

    def _unfinished(
        self, pages: Iterable[tuple[Row, dict[str, Any]]]
    ) -> Iterator[tuple[Row, str | None]]:
        """Yield the rows whose list goes on, with the cursor to go on at."""
        for row, found in pages:
            info = found["pageInfo"]
            if not info["hasNextPage"]:
                continue
            cursor = info.get("endCursor")
            seen = self._cursors.setdefault(row["id"], set())
            if not isinstance(cursor, str) or cursor in seen:
                self.failed[row["id"]] = "its list does not advance"
                continue
            seen.add(cursor)
            yield row, cursor

    def _next_pages(
        self, open_: list[tuple[Row, str | None]]
    ) -> Iterator[tuple[Row, dict[str, Any]]]:
        """Yield the next page of each row; a row that fails is left out."""
        _, points = self.document.continuation(self.nested, 1, self._first)
        size = self.stream.sized(max(1, int(BUDGET / points)))
        done = attempts = 0
        while done < len(open_):
            batch = open_[done : done + size.value]
            try:
                data = self._send(batch)
                found = [(row, self._page(data, n)) for n, (row, _) in enumerate(batch)]
            except PageRefusedError as refused:
                self._shrink(refused, size, len(batch))
            except IncompleteError as incomplete:
                if len(batch) > 1 or self._first > 1:
                    smaller = PageRefusedError(str(incomplete), overloaded=False)
                    self._shrink(smaller, size, len(batch))
                    continue
                attempts += 1
                if attempts < TRIES:
                    continue
                self._fail(batch, str(incomplete))
                done, attempts = done + 1, 0
            except FailedError as error:
                self._fail(batch, str(error))
                done, attempts = done + len(batch), 0
            except GoneError as gone:
                lost = [
                    one for n, one in enumerate(batch) if f"row{n}" in gone.keys
                ] or batch
                self._fail(lost, "not found")
                left = [one for one in batch if one not in lost]
                open_[done : done + len(batch)] = left
            else:
                size.grow()
                done, attempts = done + len(batch), 0
                yield from found

    def _send(self, batch: list[tuple[Row, str | None]]) -> dict[str, Any]:
        text, points = self.document.continuation(self.nested, len(batch), self._first)
        variables: dict[str, str | None] = {}
        for n, (row, cursor) in enumerate(batch):
            variables |= {f"id{n}": row["id"], f"after{n}": cursor}
        return self.stream.client.execute(
            text, variables, points, len(batch) * self._first
        )

    def _page(self, data: dict[str, Any], number: int) -> dict[str, Any]:
        row = data.get(f"row{number}")
        found = row.get(self.nested.key) if isinstance(row, dict) else None
        nodes, _ = page(found, has_info=True)
        if not all(isinstance(one, dict) for one in nodes):
            line = f"{self.nested.key} holds null"
            raise IncompleteError(line)
        return dict(found or {})

    def _shrink(self, refused: PageRefusedError, size: PageSize, rows: int) -> None:
        """Ask for fewer rows; for one row, ask for a shorter list."""
        if rows > 1:
            size.shrink(refused, rows)
            return
        self._first = max(1, self._first // 4)
        self.stream.logger.warning(
            "%s: a list of one row failed (%s): next attempt with %d",
            self.stream.name,
            refused,
            self._first,
        )

    def _fail(self, batch: list[tuple[Row, str | None]], reason: str) -> None:
        for row, _ in batch:
            self.failed[row["id"]] = reason

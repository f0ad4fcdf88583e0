"""Reads a list page by page, around what cannot be read.

A page that fails is made smaller. A single row that fails is skipped: a request for
only its ID shows which one it is and where the list continues. If that fails too, the
list is read from its other end. What is left is a gap.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from tap_linear import conditions
from tap_linear.documents.nested import PAGE_MAX
from tap_linear.transport.errors import FailedError, IncompleteError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_linear.common.conditions import Condition
    from tap_linear.documents.document import Document
    from tap_linear.documents.records import Row
    from tap_linear.streams.interfaces import Filter, PageReader
    from tap_linear.transport.page_size import PageSize

GIVE_UP_AFTER = 10  # rows that fail in succession
SKIPS_MAX = 100  # rows of one list that fail
EMPTY_MAX = 100  # pages without rows, in succession
FEW = 100  # rows of the first page of what a workspace usually has fewer of


@dataclass
class Batch:
    """The result of one step.

    Attributes:
        rows: Rows of one page, in the order of the list.
        backward: Whether the page was read from the end of the list.
        hole: Whether rows before these could not be read, and have no known ID.
    """

    rows: list[Row]
    backward: bool = False
    hole: bool = False


class _Step(NamedTuple):
    """Where a list continues after a row that fails."""

    cursor: str | None
    goes_on: bool
    is_hole: bool


@dataclass
class Reading:
    """One pass over the root of a document.

    Args:
        stream: The stream that reads.
        given: Filter of the root.
        document: The document that is sent.
        size: How many rows at a time; adapted.

    Attributes:
        in_all_teams: Whether the setting teams does not limit the list.
        first_rows: Rows of the first page, if the list is short. Later pages then have
            as many rows as were read before. None if all pages have the same size.
        first_page: The first page, if it was read before.
        skipped: IDs of rows that failed.
        is_open: Whether a part of the list was not read.
        has_hole: Whether a row with an unknown ID was skipped.
    """

    stream: PageReader
    given: Filter | None
    document: Document
    size: PageSize
    in_all_teams: bool = False
    first_rows: int | None = None
    first_page: dict[str, Any] | None = None
    _rows: int = 0
    skipped: list[str] = field(default_factory=list)
    is_open: bool = False
    has_hole: bool = False
    _last: str = "the beginning"
    _cursors: set[str] = field(default_factory=set)
    _heads: set[str] = field(default_factory=set)
    _in_a_row: int = 0
    _empty: int = 0

    @property
    def is_complete(self) -> bool:
        """Whether every row of the list was read."""
        return not (self.skipped or self.is_open or self.has_hole)

    def __iter__(self) -> Iterator[Batch]:
        """Yield the pages of the list.

        Raises:
            FailedError: If nothing of the list can be read.
            UnreadableError: If the list or the run cannot continue.
        """
        cursor: str | None = None
        hole = False
        while True:
            try:
                found = self._next_page(cursor)
            except (FailedError, IncompleteError) as error:
                stepped = self._step_over(cursor, error)
                if stepped is None:
                    yield from self._from_the_end(error)
                    return
                cursor = stepped.cursor
                hole = hole or stepped.is_hole
                self.has_hole = self.has_hole or stepped.is_hole
                if not stepped.goes_on:
                    self.is_open = self.is_open or hole
                    return
                continue
            self._in_a_row = 0
            self._rows += len(found["nodes"])
            yield Batch(found["nodes"], hole=hole)
            hole = False
            self._last = found["nodes"][-1]["id"] if found["nodes"] else self._last
            info = found["pageInfo"]
            if not info["hasNextPage"]:
                return
            if not self._advances(info["endCursor"], found["nodes"]):
                return
            cursor = info["endCursor"]

    def _next_page(self, cursor: str | None) -> dict[str, Any]:
        found, self.first_page = self.first_page, None
        if found is not None:
            return found
        most = PAGE_MAX
        if self.first_rows is not None:
            most = max(FEW, self._rows) if cursor else self.first_rows
        return self._fetch(self.document, self.size, "after", cursor, most)[0]

    def _fetch(
        self,
        document: Document,
        size: PageSize,
        name: str,
        cursor: str | None,
        largest: int = PAGE_MAX,
    ) -> tuple[dict[str, Any], int]:
        most = self.stream.ABORT_AT_RECORD_COUNT
        given = self.given
        if not self.in_all_teams:
            given = self.stream.filtered(given)
        return self.stream.fetch(
            document,
            size,
            lambda rows: {
                "first": min(rows, most or rows),
                "last": min(rows, most or rows),
                name: cursor,
                "filter": given,
            },
            largest,
        )

    def _advances(self, cursor: object, rows: list[Row]) -> bool:
        """Return whether the list advances; if not, it is marked as open."""
        self._empty = 0 if rows else self._empty + 1
        head = str(rows[0]["id"]) if rows else ""
        problem = ""
        if not isinstance(cursor, str) or not cursor:
            problem = "it continues, but has no cursor"
        elif cursor in self._cursors:
            problem = "its cursor is repeated"
        elif head in self._heads:
            problem = "its rows are repeated"
        elif self._empty >= EMPTY_MAX:
            problem = f"{EMPTY_MAX} pages without rows"
        if problem:
            self._report(conditions.LIST_STUCK, problem)
            self.is_open = True
            return False
        self._cursors.add(str(cursor))
        self._heads |= {head} - {""}
        return True

    def _report(self, condition: Condition, message: object, item: str = "") -> None:
        self.stream.faults.add(
            condition, stream=self.stream.name, message=message, item=item
        )

    def _step_over(self, cursor: str | None, error: Exception) -> _Step | None:
        """Find out which row fails and where the list continues after it.

        Returns:
            None if even the smallest request fails.

        Raises:
            FailedError: If too many rows fail.
        """
        self._in_a_row += 1
        if self._in_a_row > GIVE_UP_AFTER or len(self.skipped) >= SKIPS_MAX:
            raise FailedError(str(error))
        skeleton = self.document.skeleton()
        try:
            found, _ = self._fetch(skeleton, self.stream.sized(1), "after", cursor)
        except IncompleteError as incomplete:
            # The row is null, but the page contains the cursor of the next one.
            if incomplete.cursor and self._advances(incomplete.cursor, []):
                self._report(conditions.GAP, error, f"the row after {self._last}")
                return _Step(incomplete.cursor, goes_on=True, is_hole=True)
            return None
        except FailedError:
            return None
        if not found["nodes"]:
            return None
        key = str(found["nodes"][0]["id"])
        self.skipped.append(key)
        self._report(conditions.ROW_FAILED, error, key)
        info = found["pageInfo"]
        goes_on = info["hasNextPage"] and self._advances(
            info["endCursor"], found["nodes"]
        )
        return _Step(info["endCursor"], goes_on=goes_on, is_hole=False)

    def _from_the_end(self, error: Exception) -> Iterator[Batch]:
        """Yield pages from the end of the list, up to what cannot be read.

        Raises:
            FailedError: If nothing can be read from there either.
        """
        self.is_open = True
        document = self.document.backwards()
        size = self.stream.sized(self.document.page_size(self.size.largest))
        cursor: str | None = None
        begin, end = self._last, "the end"
        self._cursors.clear()
        self._heads.clear()
        while True:
            try:
                found, _ = self._fetch(document, size, "before", cursor)
            except (FailedError, IncompleteError):
                break
            yield Batch(found["nodes"], backward=True)
            end = found["nodes"][0]["id"] if found["nodes"] else end
            info = found["pageInfo"]
            if not info["hasPreviousPage"] or not self._advances(
                info["startCursor"], found["nodes"]
            ):
                break
            cursor = info["startCursor"]
        if (begin, end) == ("the beginning", "the end"):
            raise FailedError(str(error))
        self._report(conditions.GAP, error, f"between {begin} and {end}")

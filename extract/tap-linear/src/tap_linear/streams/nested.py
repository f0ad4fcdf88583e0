"""Reads lists inside rows that are longer than their first page."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tap_linear.documents.nested import BUDGET, PAGE_MAX, NextPage, continuation
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

    from tap_linear.documents.document import Document
    from tap_linear.documents.nested import Nested
    from tap_linear.documents.records import Row
    from tap_linear.streams.interfaces import NestedReader
    from tap_linear.transport.page_size import PageSize

LISTS_MAX = 200  # lists in one request; the document then has about 30 kB
SMALLER = 4  # a list that fails alone is requested with a quarter of its rows


@dataclass(slots=True)
class OpenList:
    """A list that is not read to its end.

    Attributes:
        row: The row that has it.
        nested: Which of the row's lists it is.
        cursor: Where to continue; None for the beginning or the end.
        start: Rows that need not be read again.
        known: The list is longer than this many rows, as far as is known.
        seen: IDs of rows that were read and come again.
        from_end: Whether the list is read from its end. Then a page that contains a row
            that was read is the last one.
    """

    row: Row
    nested: Nested
    cursor: str | None
    start: int
    known: int
    seen: frozenset[str] = frozenset()
    from_end: bool = False

    @property
    def group(self) -> tuple[str, int, int]:
        """The lists with the same page have the same key."""
        return self.nested.column, self.start, self.known

    def new(self, nodes: list[Any]) -> list[Any]:
        """Return the rows of a page that were not read before."""
        if not self.seen:
            return nodes
        return [node for node in nodes if _key(node) not in self.seen]

    def page(self, rows: int) -> NextPage:
        """Return its next page.

        Args:
            rows: Rows of the page.
        """
        return NextPage(self.nested, rows, from_end=self.from_end)

    def next_cursor(self, found: dict[str, Any]) -> tuple[bool, Any]:
        """Return whether the list continues after a page, and where."""
        info = found["pageInfo"]
        if not self.from_end:
            return info["hasNextPage"], info.get("endCursor")
        is_last = len(self.new(found["nodes"])) < len(found["nodes"])
        return info["hasPreviousPage"] and not is_last, info.get("startCursor")

    def from_beginning(self, found: dict[str, Any]) -> OpenList | None:
        """Return the list from its beginning if a page is not its end.

        An API that does not know `last` returns the first rows instead.

        Args:
            found: The first page that was requested from the end.
        """
        if not self.from_end or self.cursor or not found["pageInfo"].get("hasNextPage"):
            return None
        seen = self.seen | {_key(node) for node in found["nodes"]}
        return OpenList(self.row, self.nested, None, 0, self.known, seen)


def _key(node: dict[str, Any]) -> str:
    return str(node.get("id"))


Part = tuple["Nested", "Row", list[Any]]
Found = tuple[OpenList, int, dict[str, Any]]


@dataclass
class Continuation:
    """Reads the lists of several rows to their end.

    One request continues many lists, as many as its price allows.

    Args:
        stream: The stream that reads.
        document: The document of the rows.
        lists: The nested lists to read.
        failed: Why a list could not be read to its end, by the ID of its row.
    """

    stream: NestedReader
    document: Document
    lists: list[Nested]
    failed: dict[str, str]
    _cursors: dict[tuple[str, str], set[str | None]] = field(default_factory=dict)
    _largest: int = PAGE_MAX

    def read(self, rows: list[Row]) -> Iterator[Part]:
        """Yield the nodes of every list, a page at a time.

        The stream learns from the lengths of the lists.

        Args:
            rows: Rows as the API returned them, with the first page of each list.

        Yields:
            The list, its row, and the nodes of a page.
        """
        lengths: dict[tuple[str, str], int] = {}
        open_: list[OpenList] = []
        for row in rows:
            for nested in self.lists:
                nodes = row[nested.key]["nodes"]
                lengths[nested.column, row["id"]] = len(nodes)
                yield nested, row, nodes
                if nested.has_cursor:
                    read = OpenList(row, nested, None, 0, 0)
                    open_ += self._unfinished([(read, nested.first, row[nested.key])])
                elif len(nodes) >= nested.first:
                    start = nested.first - 1  # the last row is read again
                    seen = frozenset(map(_key, nodes))
                    read = OpenList(
                        row, nested, None, start, start, seen, from_end=True
                    )
                    open_.append(read)
        while open_:
            pages = self._next_pages_in_order(open_)
            for one, _, found in pages:
                nodes = one.new(found["nodes"])
                lengths[one.nested.column, one.row["id"]] += len(nodes)
                yield one.nested, one.row, nodes
            open_ = list(self._unfinished(pages))
            self._largest = min(PAGE_MAX, self._largest * SMALLER)
        for nested in self.lists:
            pages_of = self.stream.pages_of(nested)
            for row in rows:
                if row["id"] not in self.failed:
                    pages_of.observe(lengths[nested.column, row["id"]])

    def _unfinished(self, pages: Iterable[Found]) -> Iterator[OpenList]:
        """Yield the lists that continue after a page."""
        for one, asked, found in pages:
            key = one.row["id"]
            if key in self.failed:
                continue
            if again := one.from_beginning(found):
                yield again
                continue
            continues, cursor = one.next_cursor(found)
            if not continues:
                continue
            seen = self._cursors.setdefault((one.nested.column, key), set())
            if not isinstance(cursor, str) or cursor in seen:
                self.failed[key] = "its list does not advance"
                continue
            seen.add(cursor)
            read = one.start + asked
            yield OpenList(
                one.row, one.nested, cursor, read, read, one.seen, one.from_end
            )

    def _next_pages_in_order(self, open_: list[OpenList]) -> list[Found]:
        """Return the next page of each list, several requests at the same time.

        Lists of requests that fail are requested again, one request at a time.
        """
        if self.stream.client.slots.limit == 1:
            return list(self._next_pages(open_))
        size = self.stream.sized(LISTS_MAX)
        batches = []
        left = list(open_)
        while left:
            batches.append(self._batch(left, size))
            left = left[len(batches[-1]) :]
        found: dict[int, Found] = {}
        for batch, pages in zip(
            batches, self.stream.client.for_each(self._pages_of, batches), strict=True
        ):
            left += [one for one, _ in batch] if pages is None else []
            found |= {id(one): (one, asked, at) for one, asked, at in pages or ()}
        found |= {id(page[0]): page for page in self._next_pages(left)}
        return [found[id(one)] for one in open_ if id(one) in found]

    def _pages_of(self, batch: list[tuple[OpenList, int]]) -> list[Found] | None:
        """Return the pages of the lists of a request; None if it fails."""
        try:
            data = self._send(batch)
            return [
                (one, asked, _page(data, one.nested, n))
                for n, (one, asked) in enumerate(batch)
            ]
        except (FailedError, GoneError, IncompleteError, PageRefusedError):
            return None

    def _next_pages(self, open_: list[OpenList]) -> Iterator[Found]:
        """Yield the next page of each list; a list that fails is left out."""
        size = self.stream.sized(LISTS_MAX)
        left = list(open_)
        attempts = 0
        while left:
            batch = self._batch(left, size)
            lists = [one for one, _ in batch]
            try:
                data = self._send(batch)
                found = [
                    (one, asked, _page(data, one.nested, n))
                    for n, (one, asked) in enumerate(batch)
                ]
            except PageRefusedError as refused:
                self._shrink(refused, size, batch)
            except IncompleteError as incomplete:
                if len(batch) > 1 or batch[0][1] > 1:
                    smaller = PageRefusedError(str(incomplete), overloaded=False)
                    self._shrink(smaller, size, batch)
                    continue
                attempts += 1
                if attempts < TRIES:
                    continue
                self._fail(lists, str(incomplete))
                left, attempts = left[1:], 0
            except FailedError as error:
                self._fail(lists, str(error))
                left, attempts = left[len(batch) :], 0
            except GoneError as gone:
                lost = [
                    one for n, one in enumerate(lists) if f"row{n}" in gone.keys
                ] or lists
                self._fail(lost, "not found")
                # The other lists of a deleted row are deleted, too.
                left = [one for one in left if one.row["id"] not in self.failed]
            else:
                size.grow()
                left, attempts = left[len(batch) :], 0
                yield from found

    def _batch(
        self, left: list[OpenList], size: PageSize
    ) -> list[tuple[OpenList, int]]:
        """Return the lists of the next request, each with the rows of its page."""
        parents = Counter(one.nested.column for one in left)
        rows: dict[tuple[str, int, int], int] = {}
        batch: list[tuple[OpenList, int]] = []
        points = 0.0
        for one in left[: size.value]:
            if one.group not in rows:
                rows[one.group] = self._rows(one, parents[one.nested.column])
            asked = rows[one.group]
            points += one.page(asked).points
            if batch and points > BUDGET:
                break
            batch.append((one, asked))
        return batch

    def _rows(self, one: OpenList, parents: int) -> int:
        prices = one.nested.prices(self.stream.request_price)
        pages = self.stream.pages_of(one.nested)
        chosen = pages.next_page(prices, parents, one.start, one.known)
        return min(chosen, self._largest)

    def _send(self, batch: list[tuple[OpenList, int]]) -> dict[str, Any]:
        pages = [one.page(asked) for one, asked in batch]
        variables: dict[str, str | None] = {}
        for n, (one, _) in enumerate(batch):
            variables |= {f"id{n}": one.row["id"], f"cursor{n}": one.cursor}
        return self.stream.client.execute(
            continuation(self.document.root, pages),
            variables,
            sum(page.points for page in pages),
            sum(page.rows for page in pages),
        )

    def _shrink(
        self,
        refused: PageRefusedError,
        size: PageSize,
        batch: list[tuple[OpenList, int]],
    ) -> None:
        """Request fewer lists; if it was a single one, request fewer of its rows."""
        if len(batch) > 1:
            size.shrink(refused, len(batch))
            return
        self._largest = max(1, batch[0][1] // SMALLER)
        self.stream.logger.warning(
            "%s: a list of one row failed (%s): next attempt with %d",
            self.stream.name,
            refused,
            self._largest,
        )

    def _fail(self, lists: list[OpenList], reason: str) -> None:
        for one in lists:
            self.failed[one.row["id"]] = reason


def completed(
    stream: NestedReader, document: Document, rows: list[Row], failed: dict[str, str]
) -> list[Row]:
    """Read the lists of IDs of rows to their end.

    Args:
        stream: The stream that reads.
        document: The document of the rows.
        rows: Rows as the API returned them; their lists are replaced.
        failed: Why a list could not be read, by the ID of its row; added to.

    Returns:
        The rows whose lists are complete.
    """
    lists = [
        nested
        for nested in document.nested
        if nested.column not in document.child_readers
    ]
    whole: dict[tuple[str, str], list[Any]] = {
        (nested.key, row["id"]): [] for nested in lists for row in rows
    }
    for nested, row, nodes in Continuation(stream, document, lists, failed).read(rows):
        whole[nested.key, row["id"]] += nodes
    for nested in lists:
        for row in rows:
            row[nested.key] = {"nodes": whole[nested.key, row["id"]]}
    return [row for row in rows if row["id"] not in failed]


def _page(data: dict[str, Any], nested: Nested, number: int) -> dict[str, Any]:
    """Return the page of a list.

    Raises:
        IncompleteError: If the page or one of its nodes is missing.
    """
    row = data.get(f"row{number}")
    found = row.get(nested.key) if isinstance(row, dict) else None
    nodes, _ = page(found, has_info=True)
    if not all(isinstance(one, dict) for one in nodes):
        line = f"{nested.key} holds null"
        raise IncompleteError(line)
    return dict(found or {})

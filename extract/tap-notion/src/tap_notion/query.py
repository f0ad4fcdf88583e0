"""Reads the rows of a data source to their end, although Notion does not.

A query returns at most 10,000 rows, and then says `has_more: false`
(https://developers.notion.com/reference/query-a-data-source). So a query is never
followed for long: it is sorted by a timestamp, and the next one begins at the
timestamp of the last row. A cursor is only used within one minute, because timestamps
are cut to the minute.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_notion import conditions
from tap_notion.common.cursors import Cursors
from tap_notion.common.errors import FailedError
from tap_notion.common.page_size import PageSize
from tap_notion.common.timestamps import minus_seconds, timestamp
from tap_notion.lists import PAGE_MAX
from tap_notion.transport.errors import CursorError, PageRefusedError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Mapping

    from tap_notion.common.faults import Faults
    from tap_notion.transport.client import NotionClient

Row = dict[str, Any]
CREATED, EDITED = "created_time", "last_edited_time"
MINUTE = 60  # seconds
MINUTES = len("2026-01-31T12:00")
RESTARTS = 3  # of one query whose cursor expires without a new row


class LastMinute:
    """The rows of the last minute that was read: the next query returns them again.

    Args:
        sort: The timestamp.
        minute: Where reading begins.

    Attributes:
        minute: The last minute; None before the first row.
        ids: IDs of its rows.
        rows: Rows read so far.
    """

    def __init__(self, sort: str, minute: str | None) -> None:
        """Begin without rows."""
        self._sort = sort
        self.minute = minute
        self.ids: set[str] = set()
        self.rows = 0

    def new(self, results: Iterable[Row], skip: set[str]) -> list[Row]:
        """Return the rows of a response that have not been read.

        Args:
            results: The results, in the order of the timestamp.
            skip: IDs of rows that were read elsewhere.
        """
        found = []
        for row in filter(_is_page, results):
            time = timestamp(row[self._sort])
            if time != self.minute:
                self.minute, self.ids = time, set()
            if row["id"] not in self.ids:
                self.ids.add(row["id"])
                found.append(row)
        self.rows += len(found)
        return [row for row in found if row["id"] not in skip]


class Query:
    """The rows of a data source, in the order of a timestamp.

    Args:
        client: The client.
        faults: Where what is noticed is reported.
        stream: Name of the stream, for messages.
        data_source: ID of the data source.
        sort: The timestamp: CREATED or EDITED.
        since: Rows from this time on, by the same timestamp; None for all rows.
        end: Rows before this time, by the same timestamp; None for all rows.
        body: What else the query says, such as `in_trash`.
        parameters: Parameters of the address, such as `filter_properties`.
    """

    def __init__(  # noqa: PLR0913 - one per part of a query
        self,
        client: NotionClient,
        faults: Faults,
        stream: str,
        data_source: str,
        *,
        sort: str = CREATED,
        since: str | None = None,
        end: str | None = None,
        body: Mapping[str, Any] | None = None,
        parameters: str = "",
    ) -> None:
        """Send nothing yet."""
        self._client = client
        self._faults = faults
        self._stream = stream
        self._data_source = data_source
        self._sort = sort
        self._since = since
        self._limits = [_before(sort, end)] if end else []
        self._body = {"result_type": "page", **(body or {})}
        self._path = f"data_sources/{data_source}/query{parameters}"
        self._size = PageSize(PAGE_MAX)
        self._skip: set[str] = set()  # IDs of rows of a full minute, already read
        self.is_whole = True

    def batches(self) -> Iterator[list[Row]]:
        """Yield the rows, page by page, each once unless it changes meanwhile.

        `is_whole` is False afterwards if Notion did not return every row.

        Raises:
            UnreadableError: If the data source cannot be read.
            TapError: If the run cannot continue.
        """
        since: str | None = self._since
        while True:
            stuck = yield from self._walk(self._sort, self._limits, since)
            if stuck is None:
                return
            yield from self._minute(stuck)
            self._skip = set()
            since = minus_seconds(stuck, -MINUTE)

    def _walk(
        self, sort: str, within: list[Row], since: str | None
    ) -> Generator[list[Row], None, str | None]:
        """Yield rows from a time on, in the order of a timestamp.

        Args:
            sort: The timestamp.
            within: Further filters.
            since: From when on.

        Returns:
            None at the end; the minute that has more rows than Notion returns.
        """
        cursor: str | None = None
        last = LastMinute(sort, since)
        cursors = Cursors()
        restarts = 0
        while True:
            order = [{"timestamp": sort, "direction": "ascending"}]
            filters = [*within, _from(sort, since)] if since else within
            try:
                response = self._send(order, filters, cursor)
            except CursorError as error:
                restarts += 1
                self._check_restart(error, restarts, last.rows)
                since, cursor, cursors = last.minute, None, Cursors()
                continue
            if new := last.new(response["results"], self._skip):
                restarts = 0
                yield new
            self._check_order(last.minute, since)
            advances = last.minute != since
            if _is_cut(response) and not advances:
                self._skip |= last.ids
                return last.minute
            if not response.get("has_more") and not _is_cut(response):
                return None
            if advances:
                since, cursor, cursors = last.minute, None, Cursors()
            else:
                cursor = self._next(response, cursors, len(new))

    def _check_restart(self, error: CursorError, restarts: int, rows: int) -> None:
        """Report that a cursor has expired.

        Raises:
            FailedError: If that happens again and again without a new row.
        """
        if restarts > RESTARTS:
            raise FailedError(str(error))
        self._faults.add(
            conditions.CURSOR_EXPIRED, stream=self._stream, rows=f"{rows:,}"
        )

    def _minute(self, minute: str) -> Iterator[list[Row]]:
        """Yield all rows of a minute that has more rows than a query returns.

        Args:
            minute: The minute, by the timestamp of the query.
        """
        other = EDITED if self._sort == CREATED else CREATED
        within = [_equals(self._sort, minute)]
        since: str | None = None
        while True:
            stuck = yield from self._walk(other, within, since)
            if stuck is None:
                return
            yield from self._both_ends([*within, _equals(other, stuck)], minute)
            since = minus_seconds(stuck, -MINUTE)

    def _both_ends(self, within: list[Row], minute: str) -> Iterator[list[Row]]:
        """Yield rows with the same two timestamps, from both ends of their titles."""
        seen: set[str] = set()
        for direction in ("ascending", "descending"):
            cursor: str | None = None
            cursors = Cursors()
            order = [{"property": "title", "direction": direction}]
            while True:
                response = self._send(order, within, cursor)
                found = [each for each in response["results"] if _is_page(each)]
                new = [row for row in found if row["id"] not in seen]
                seen |= {row["id"] for row in new}
                if unread := [row for row in new if row["id"] not in self._skip]:
                    yield unread
                is_complete = len(new) < len(found) or not found
                if direction == "descending" and is_complete:
                    return
                if _is_cut(response) or not response.get("has_more"):
                    break
                cursor = self._next(response, cursors, len(new))
            if not _is_cut(response):
                return
        self.is_whole = False
        self._faults.add(
            conditions.QUERY_LIMIT,
            stream=self._stream,
            message=minute,
            item=self._data_source,
        )

    def _send(self, order: list[Row], filters: list[Row], cursor: str | None) -> Row:
        """Send a query, with fewer rows as long as Notion refuses it."""
        found: Row | None = filters[0] if filters else None
        if len(filters) > 1:
            found = {"and": filters}
        while True:
            body = {
                **self._body,
                "sorts": order,
                "filter": found,
                "page_size": self._size.value,
                "start_cursor": cursor,
            }
            try:
                response = self._client.post(self._path, body)
            except PageRefusedError:
                self._size.halve()
            else:
                self._size.grow()
                return response

    @staticmethod
    def _next(response: Row, cursors: Cursors, new: int) -> str:
        try:
            return cursors.follow(response.get("next_cursor"), new)
        except ValueError as error:
            raise FailedError(str(error)) from None

    @staticmethod
    def _check_order(minute: str | None, since: str | None) -> None:
        """Check that the query goes forward; Notion's timestamps have no seconds.

        Raises:
            FailedError: If it returned a row from before its beginning.
        """
        begins = timestamp(since)[:MINUTES] if since else ""
        if minute is not None and minute[:MINUTES] < begins:
            message = f"the query from {since} on returned a row of {minute}"
            raise FailedError(message)


def _is_page(found: Row) -> bool:
    return found.get("object") == "page"


def _is_cut(response: Row) -> bool:
    """Tell whether Notion stopped at its limit, with `has_more: false`."""
    status = response.get("request_status") or {}
    return bool(status.get("type") == "incomplete")


def _from(name: str, time: str) -> Row:
    return {"timestamp": name, name: {"on_or_after": time}}


def _before(name: str, time: str) -> Row:
    return {"timestamp": name, name: {"before": time}}


def _equals(name: str, time: str) -> Row:
    return {"timestamp": name, name: {"equals": time}}

"""Pages and their properties: one query gives both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, cast

from singer_sdk.singerlib.catalog import REPLICATION_INCREMENTAL

from tap_notion import conditions, rows
from tap_notion.common.errors import UNEXPECTED, UnreadableError, unexpected
from tap_notion.common.timestamps import from_epoch, minus_seconds, timestamp
from tap_notion.items import complete
from tap_notion.query import CREATED, EDITED, MINUTE, Query
from tap_notion.schemas import tables
from tap_notion.streams.base import NotionStream

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tap_notion.common.stream import Row
    from tap_notion.sources import DataSource
    from tap_notion.tap import TapNotion

SHOWN = 100  # characters of a value in a message


class Batch(NamedTuple):
    """The rows of a batch of pages.

    Attributes:
        pages: Rows of pages.
        properties: Rows of page_properties.
    """

    pages: list[Row]
    properties: list[Row]


class Pages(NotionStream):
    """Pages. They are all read in each run, or with `incremental` those that changed.

    State with `incremental`: `data_sources`, for each data source the time up to which
    every page has been read.
    """

    name = "pages"
    table = tables.PAGES
    has_range = True

    def __init__(self, tap: TapNotion) -> None:
        """Declare the stream; the setting chooses the replication method."""
        super().__init__(tap)
        if self.config.get("incremental"):
            self.replication_key = "last_edited_at"

    @property
    def is_incremental(self) -> bool:
        """Whether only changed pages are read, by the setting or by the catalog."""
        return self.is_backfill or self.replication_method == REPLICATION_INCREMENTAL

    @property
    def end(self) -> str | None:
        """The setting `end_date` as a timestamp; None without it."""
        given = self.config.get("end_date")
        return timestamp(given) if given else None

    @property
    def properties(self) -> PageProperties:
        """The stream of the properties."""
        return cast("PageProperties", self._tap.streams["page_properties"])

    def read(self) -> Iterator[Row]:
        """Yield the pages; their properties are written before them."""
        for batch in self.batches():
            self.properties.write(batch.properties)
            yield from batch.pages

    def batches(self) -> Iterator[Batch]:
        """Yield the rows of both streams; afterwards, end their versions."""
        family: list[NotionStream] = [self, self.properties]
        if not self.is_incremental:
            for stream in family:
                stream.begin_version()
        counts = [0, 0]
        is_whole = True
        for source in self.run.data_sources.all:
            reader = PageReader(self, source)
            for batch in reader.batches():
                counts = [
                    counts[0] + len(batch.pages),
                    counts[1] + len(batch.properties),
                ]
                yield batch
                reader.save()
                self.run.progress.log(self.name, counts[0])
            is_whole = is_whole and reader.is_whole
        if not self.is_incremental and is_whole and self.run.data_sources.is_whole:
            for stream, count in zip(family, counts, strict=True):
                stream.end_version(count)

    def bookmark(self, source: str) -> str | None:
        """Return the time up to which a data source has been read; None for none.

        Args:
            source: ID of the data source.
        """
        known = self.stream_state.get("data_sources") or {}
        start = self.config.get("start_date")
        return cast("str | None", known.get(source)) or (
            timestamp(start) if start else None
        )

    def save(self, source: str, moment: str) -> None:
        """Write the state: every page of a data source up to a time has been read.

        Args:
            source: ID of the data source.
            moment: The time.
        """
        bookmarks = cast("dict[str, Any]", self.tap_state.setdefault("bookmarks", {}))
        known = (bookmarks.get(self.name) or {}).get("data_sources") or {}
        bookmarks[self.name] = {"data_sources": {**known, source: moment}}
        self.state_manager.is_flushed = False
        self._write_state_message()


class PageProperties(NotionStream):
    """Properties of pages, in long format: one row per page and property."""

    name = "page_properties"
    table = tables.PAGE_PROPERTIES
    has_range = True

    def read(self) -> Iterator[Row]:
        """Yield the properties, unless they were written with their pages."""
        pages = cast("Pages", self._tap.streams["pages"])
        if pages.selected:
            return
        for batch in pages.batches():
            yield from batch.properties


class PageReader:
    """Reads the pages of one data source.

    Args:
        stream: The stream of the pages.
        source: The data source.

    Attributes:
        is_whole: Whether every page was read.
    """

    def __init__(self, stream: Pages, source: DataSource) -> None:
        """Send nothing yet."""
        self._stream = stream
        self._run = stream.run
        self._source = source
        self._reached: str | None = None
        self._limit = ""
        self.is_whole = True

    def batches(self) -> Iterator[Batch]:
        """Yield the rows; a data source that cannot be read stops only itself.

        Raises:
            TapError: If the run cannot continue.
        """
        try:
            if self._stream.is_incremental:
                yield from self._changed()
            elif not self._source.is_in_trash:
                yield from self._read(CREATED, None, {}, moves=False)
        except UnreadableError as error:
            self._fail(str(error))
        except UNEXPECTED as error:
            self._fail(str(unexpected(error)))

    def _changed(self) -> Iterator[Batch]:
        """Yield what changed: pages in the trash first.

        A bookmark that the other pages have moved covers those in the trash, too.
        """
        self._limit = self._last_full_minute()
        since = self._stream.bookmark(self._source.id)
        if since is not None:
            since = minus_seconds(since, self._stream.config["lookback_seconds"])
        yield from self._read(EDITED, since, {"in_trash": True}, moves=False)
        if not self._source.is_in_trash:
            yield from self._read(EDITED, since, {}, moves=True)

    def _read(
        self, sort: str, since: str | None, body: Mapping[str, Any], *, moves: bool
    ) -> Iterator[Batch]:
        """Yield the rows of a query.

        Args:
            sort: The timestamp that orders it.
            since: Where it begins.
            body: What else it says.
            moves: Whether the bookmark follows it.
        """
        query = Query(
            self._run.client,
            self._run.faults,
            self._stream.name,
            self._source.id,
            sort=sort,
            since=since,
            end=self._stream.end,
            body=body,
        )
        for found in query.batches():
            batch = self._batch(found)
            if moves and self.is_whole and query.is_whole:
                last = timestamp(found[-1][EDITED])
                self._reached = min(last, self._limit)
            yield batch
        self.is_whole = self.is_whole and query.is_whole

    def _last_full_minute(self) -> str:
        """Return the minute before the one in which reading begins.

        A page that changes later in that minute keeps its timestamp. A page that is
        moved to the trash after the trash was read has a later one.
        """
        now = self._run.client.answered_at or 0.0
        return from_epoch(now // MINUTE * MINUTE - MINUTE)

    def _batch(self, found: list[Row]) -> Batch:
        """Return the rows of some pages."""
        batch = Batch([], [])
        for page in found:
            try:
                row = rows.page(page, self._source.id)
                properties = rows.page_properties(
                    page, self._source.id, self._report(page)
                )
            except UNEXPECTED as error:
                self.is_whole = False
                self._run.faults.add(
                    conditions.PAGE_FAILED,
                    stream=self._stream.name,
                    message=repr(error)[:SHOWN],
                    item=str(page.get("id")),
                )
                continue
            if self._stream.properties.selected:
                complete(self._run, self._source, page, properties)
            batch.pages.append(row)
            batch.properties.extend(properties)
        return batch

    def _report(self, page: Mapping[str, Any]) -> Any:  # noqa: ANN401 - a function
        def report(why: str, prop: Mapping[str, Any]) -> None:
            self._run.faults.add(
                conditions.VALUE_UNUSABLE,
                stream="page_properties",
                value=why[:SHOWN],
                item=f"{prop['name']} of page {page['id']}",
            )

        return report

    def save(self) -> None:
        """Write the state, if the bookmark moved."""
        if self._reached is not None:
            self._stream.save(self._source.id, self._reached)

    def _fail(self, message: str) -> None:
        self.is_whole = False
        self._run.faults.add(
            conditions.DATA_SOURCE_FAILED,
            stream=self._stream.name,
            message=message,
            item=self._source.title,
        )

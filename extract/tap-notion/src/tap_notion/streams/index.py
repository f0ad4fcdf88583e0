"""The index of pages: read once a week, to notice what was removed permanently."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_notion import conditions, rows
from tap_notion.common.errors import UnreadableError
from tap_notion.query import Query
from tap_notion.schemas import tables
from tap_notion.streams.base import NotionStream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_notion.common.stream import Row


class PageIndex(NotionStream):
    """IDs of all pages, with the smallest responses that the API has."""

    name = "page_index"
    table = tables.PAGE_INDEX
    selected_by_default = False

    def read(self) -> Iterator[Row]:
        """Yield every page."""
        self.begin_version()
        run = self.run
        done, is_whole = 0, True
        for source in run.data_sources.all:
            if source.is_in_trash:
                continue
            query = Query(
                run.client,
                run.faults,
                self.name,
                source.id,
                parameters="?filter_properties=title",
            )
            try:
                for batch in query.batches():
                    done += len(batch)
                    yield from (rows.page_index(each, source.id) for each in batch)
                    run.progress.log(self.name, done)
            except UnreadableError as error:
                is_whole = False
                run.faults.add(
                    conditions.DATA_SOURCE_FAILED,
                    stream=self.name,
                    message=error,
                    item=source.title,
                )
            is_whole = is_whole and query.is_whole
        if is_whole and run.data_sources.is_whole:
            self.end_version(done)

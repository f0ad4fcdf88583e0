"""Small lists: data sources and users."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_notion import conditions, rows
from tap_notion.lists import pages_of_list
from tap_notion.schemas import tables
from tap_notion.streams.base import NotionStream
from tap_notion.transport.errors import ForbiddenError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_notion.common.stream import Row


class DataSources(NotionStream):
    """Data sources with their properties; they were requested before the pages."""

    name = "data_sources"
    table = tables.DATA_SOURCES

    def read(self) -> Iterator[Row]:
        """Yield every data source."""
        self.begin_version()
        sources = self.run.data_sources
        found = [rows.data_source(each.found, each.database) for each in sources.all]
        yield from found
        self.run.progress.log(self.name, len(found), len(found))
        if sources.is_whole:
            self.end_version(len(found))


class Users(NotionStream):
    """Members of the workspace and connections."""

    name = "users"
    table = tables.USERS

    def read(self) -> Iterator[Row]:
        """Yield every user; nothing if the connection lacks the capability."""
        self.begin_version()
        done = 0
        try:
            for page in pages_of_list(self.run.client, "GET", "users", {}):
                done += len(page)
                yield from map(rows.user, page)
        except ForbiddenError as error:
            self.run.faults.add(conditions.NO_USER_CAPABILITY, message=error)
            return
        self.run.progress.log(self.name, done, done)
        self.end_version(done)

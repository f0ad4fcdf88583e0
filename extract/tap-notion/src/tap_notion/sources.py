"""Finds the data sources to read: those of the setting, or all that are shared.

Since version 2025-09-03 a database contains one or more data sources, and the rows
belong to the data source.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tap_notion import conditions
from tap_notion.common.errors import TapError, UnreadableError
from tap_notion.common.faults import Faults
from tap_notion.lists import pages_of_list
from tap_notion.rows import is_in_trash
from tap_notion.settings import references
from tap_notion.transport.errors import NotFoundError
from tap_notion.values import plain_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tap_notion.common.conditions import Condition
    from tap_notion.transport.client import NotionClient
    from tap_notion.versions import Versions

Object = dict[str, Any]
WHOLE = {"properties", "title", "parent"}


@dataclass
class DataSource:
    """A data source to read.

    Attributes:
        found: The data source, as the API returned it.
        database: Its database; None if it is not shared.
    """

    found: Object
    database: Object | None

    @property
    def id(self) -> str:
        """Notion's ID."""
        return str(self.found["id"])

    @property
    def title(self) -> str:
        """Its title, or its ID."""
        return plain_text(self.found.get("title") or []) or self.id

    @property
    def is_in_trash(self) -> bool:
        """Whether it is in the trash: then its pages are, too."""
        return is_in_trash(self.found)

    @cached_property
    def rollups(self) -> dict[str, str]:
        """For each rollup, the ID of the relation that it goes through."""
        return {
            prop["id"]: prop["rollup"]["relation_property_id"]
            for prop in self.found["properties"].values()
            if prop["type"] == "rollup" and "relation_property_id" in prop["rollup"]
        }


class DataSources:
    """The data sources of a run, each requested once.

    Args:
        config: The settings.
        client: The client.
        faults: Where what cannot be read is reported.
        versions: Remembers the data sources of earlier runs.

    Attributes:
        is_whole: Whether every one of them could be read.
    """

    def __init__(
        self,
        config: Mapping[str, Any],
        client: NotionClient,
        faults: Faults,
        versions: Versions,
    ) -> None:
        """Request nothing yet."""
        self._config = config
        self._client = client
        self._faults = faults
        self._versions = versions
        self._databases: dict[str, Object | None] = {}
        self._failed: list[str] = []  # IDs: nothing says that these are gone
        self.is_whole = True

    @cached_property
    def all(self) -> list[DataSource]:
        """The data sources.

        Raises:
            TapError: If there is nothing to read.
        """
        wanted = references(self._config)
        if not wanted:
            return self._shared()
        found: dict[str, DataSource] = {}
        for each in wanted:
            shown = each.id if each.name == each.id else f"{each.name} ({each.id})"
            found |= {source.id: source for source in self._named(each.id, shown)}
        return list(found.values())

    def _named(self, identifier: str, shown: str) -> Iterator[DataSource]:
        """Yield the data sources of a database, or the one with this ID."""
        database = self._database(identifier)
        keys = (
            [identifier]
            if database is None
            else [str(each["id"]) for each in database["data_sources"]]
        )
        for key in keys:
            label = shown if key == identifier else f"data source {key} of {shown}"
            if (source := self._one(key, label, conditions.NOT_SHARED)) is not None:
                yield source

    def _one(self, key: str, shown: str, condition: Condition) -> DataSource | None:
        """Return a data source; None, and a fault, if it cannot be read."""
        try:
            found = self._client.get(f"data_sources/{key}")
        except NotFoundError:
            self._faults.add(condition, item=shown)
        except UnreadableError as error:
            self._failed.append(key)
            self._faults.add(
                conditions.DATA_SOURCE_FAILED,
                stream="data_sources",
                message=error,
                item=shown,
            )
        else:
            return self._with_database(found)
        self.is_whole = False
        return None

    def _with_database(self, found: Object) -> DataSource:
        parent = found.get("parent") or {}
        key = parent.get("database_id")
        return DataSource(found, self._database(str(key)) if key else None)

    def _database(self, key: str) -> Object | None:
        """Return a database; None if it is not shared, or the ID is not one's."""
        if key not in self._databases:
            try:
                self._databases[key] = self._client.get(f"databases/{key}")
            except UnreadableError:
                self._databases[key] = None
        return self._databases[key]

    def _shared(self) -> list[DataSource]:
        """Return what search finds, and what the last run read.

        Search is not complete and lags behind, so a data source that it no longer
        finds is requested by its ID.

        Raises:
            TapError: If there is nothing.
        """
        body = {"filter": {"property": "object", "value": "data_source"}}
        listed = {
            str(each["id"]): each
            for page in pages_of_list(self._client, "POST", "search", body)
            for each in page
            if each.get("object") == "data_source"
        }
        # Of an object that it may not read completely, the API returns a part.
        whole = {key: each for key, each in listed.items() if each.keys() >= WHOLE}
        found = [self._with_database(each) for each in whole.values()]
        for key in {**listed, **dict.fromkeys(self._versions.data_sources)}:
            if key not in whole:
                source = self._one(key, key, conditions.DATA_SOURCE_GONE)
                found += [] if source is None else [source]
        if not found and self.is_whole:
            raise TapError(Faults.line(conditions.NOTHING_SHARED))
        self._versions.keep_data_sources([each.id for each in found] + self._failed)
        return found

"""The requests that read records: list, search, batch/read and count."""

from __future__ import annotations

from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from tap_hubspot_crm.common.cursors import Cursors
from tap_hubspot_crm.streams.definitions import next_page
from tap_hubspot_crm.transport.errors import TooLongError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tap_hubspot_crm.schemas.columns import Table
    from tap_hubspot_crm.schemas.rows import Json
    from tap_hubspot_crm.transport.client import HubSpotClient

LIST_PAGE = 100
SEARCH_PAGE = 200
READ_BATCH = 100
HISTORY_BATCH = 50
"""IDs of one batch/read with history."""
LONGEST_NAMES = 6000
"""Characters of property names in an address: it may have 8 to 16 kB."""
KEY = "hs_object_id"


class RecordReader:
    """Reads the records of one object type.

    Args:
        client: The client.
        table: Its columns, with the properties to read.
        page_size: Records of one page of the list, at most LIST_PAGE.
    """

    def __init__(self, client: HubSpotClient, table: Table, page_size: int) -> None:
        """Send nothing yet."""
        self._client = client
        self._path = f"/crm/objects/{{version}}/{table.name}"
        self._modified = table.replication_key or ""
        self._names = [column.name for column in table.properties]
        self._page_size = page_size
        self.needs_body = len(",".join(self._names)) > LONGEST_NAMES
        """Whether the names of the properties are too long for an address."""

    def pages(
        self, after: str = "", *, archived: bool = False, ids_only: bool = False
    ) -> Iterator[tuple[list[Json], str | None]]:
        """Yield the pages of the list, in the order of the IDs.

        Args:
            after: Cursor of the first page; "" for the beginning.
            archived: Whether to list the recycle bin.
            ids_only: Whether to read no properties.

        Yields:
            The records of a page, and the cursor of the next one; None at the end.
        """
        following: str | None = after
        cursors = Cursors()
        if after:
            cursors.follow(after)
        while following is not None:
            page = self._page(following, archived=archived, ids_only=ids_only)
            records: list[Json] = page["results"]
            following = next_page(page, cursors)
            if self.needs_body and not ids_only:
                records = self.by_ids([one["id"] for one in records], archived=archived)
            yield records, following

    def _page(self, after: str, *, archived: bool, ids_only: bool) -> Json:
        names = [KEY] if ids_only or self.needs_body else self._names
        query = {
            "limit": self._page_size,
            "after": after,
            "archived": str(archived).lower(),
            "properties": names,
        }
        try:
            return self._client.get(self._path, query, "results")
        except TooLongError:
            if self.needs_body or ids_only:
                raise
            self.needs_body = True
            return self._page(after, archived=archived, ids_only=ids_only)

    def by_ids(
        self,
        ids: Sequence[str],
        history: Sequence[str] = (),
        *,
        archived: bool = False,
    ) -> list[Json]:
        """Return records by ID, from the store and not from the index of the search.

        A record that was archived or merged a moment ago is not returned; HubSpot
        names its ID in `errors`, which is no error of the run.

        Args:
            ids: Their IDs.
            history: Properties of which all earlier values are returned, too.
            archived: Whether they are in the recycle bin.
        """
        found: list[Json] = []
        for batch in batches(ids, HISTORY_BATCH if history else READ_BATCH):
            body = {
                "inputs": [{"id": each} for each in batch],
                "properties": self._names,
                "propertiesWithHistory": list(history),
            }
            parameters = {"archived": "true"} if archived else None
            path = f"{self._path}/batch/read"
            page = self._client.post(path, body, "results", parameters=parameters)
            found += page["results"]
        return found

    def changed(
        self, since: str, last_id: str, until: str | None = None
    ) -> Iterator[tuple[list[str], int]]:
        """Yield the IDs of records that changed, page by page, in their order.

        Paging by ID has no limit of 10,000 rows, does not depend on how many records
        share a timestamp, and skips nothing if records change meanwhile
        (docs/apis/hubspot.md).

        Args:
            since: Timestamp of the oldest change, included.
            last_id: Where an earlier run stopped; "0" for the beginning.
            until: Timestamp of the newest change, included; None for no limit.

        Yields:
            The IDs of a page, and how many IDs there are from this page to the end.
        """
        span = [_filter(self._modified, "GTE", str(_epoch(since)))]
        if until:
            span.append(_filter(self._modified, "LTE", str(_epoch(until))))
        last = int(last_id)
        while True:
            page = self._search([*span, _filter(KEY, "GT", str(last))], SEARCH_PAGE)
            ids = sorted((str(one["id"]) for one in page["results"]), key=int)
            if ids:
                if int(ids[0]) <= last:
                    message = f"the search returned {ids[0]} again after {last}"
                    raise ValueError(message)
                last = int(ids[-1])
                yield ids, int(page.get("total") or len(ids))
            if not ids or not (page.get("paging") or {}).get("next"):
                return

    def changed_since(self, since: str, records: list[Json]) -> list[Json]:
        """Return the records that changed, by their own date.

        Args:
            since: Timestamp of the oldest change, included.
            records: Records of the list; one without a valid date is returned, too.
        """
        oldest = _epoch(since)

        def has_changed(record: Json) -> bool:
            try:
                return _epoch(record["properties"][self._modified]) >= oldest
            except (KeyError, TypeError, ValueError):
                return True

        return [one for one in records if has_changed(one)]

    def count(self) -> int:
        """Return the number of records that are not archived."""
        return int(self._search([], 1)["total"])

    def _search(self, filters: list[dict[str, str]], limit: int) -> Json:
        body: dict[str, Any] = {
            "filterGroups": [{"filters": filters}] if filters else [],
            "sorts": [KEY],
            "properties": [KEY],
            "limit": limit,
            "after": "0",
        }
        path = f"{self._path}/search"
        return self._client.post(path, body, "results", is_search=True)


def batches(items: Iterable[str], size: int) -> Iterator[list[str]]:
    """Yield items in lists of a size; the last one may be shorter.

    Args:
        items: The items.
        size: Items of a list.
    """
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch


def _epoch(moment: str) -> int:
    """Return a timestamp as milliseconds since 1970.

    Raises:
        TypeError: If it is not text.
        ValueError: If it is not a timestamp.
    """
    return round(datetime.fromisoformat(moment).timestamp() * 1000)


def _filter(name: str, operator: str, value: str) -> dict[str, str]:
    return {"propertyName": name, "operator": operator, "value": value}

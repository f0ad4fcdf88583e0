"""Answers a query of a data source: filter, order, pages, and the limit of 10,000."""

from __future__ import annotations

import base64
import binascii
import json
from operator import eq, ge, gt, lt
from typing import TYPE_CHECKING, Any

from sandbox.notion.store import from_time

if TYPE_CHECKING:
    from sandbox.notion.store import NotionStore

Object = dict[str, Any]
TIMESTAMPS = ("created_time", "last_edited_time")
PAGE_MAX = 100
LIMIT = 10_000
"""Rows that a query returns at most
(https://developers.notion.com/reference/query-a-data-source)."""


class QueryError(ValueError):
    """A query that Notion rejects with 400, with its message."""


def page_size(given: object) -> int:
    """Return a page size that Notion accepts.

    Args:
        given: From the body or the address; None for the default.

    Raises:
        QueryError: If it is not a number from 1 to 100.
    """
    try:
        size = PAGE_MAX if given is None else int(str(given))
    except ValueError:
        size = 0
    if not 1 <= size <= PAGE_MAX:
        message = f"page_size should be ≤ {PAGE_MAX}, instead was `{given}`."
        raise QueryError(message)
    return size


def cursor_of(epoch: int, place: str) -> str:
    """Return a cursor.

    Args:
        epoch: Cursors of an earlier epoch have expired.
        place: Where the next page begins.
    """
    return base64.urlsafe_b64encode(json.dumps([epoch, place]).encode()).decode()


def place_of(cursor: str, epoch: int) -> str:
    """Return where a cursor points.

    Args:
        cursor: As a client sent it.
        epoch: The epoch now.

    Raises:
        QueryError: If it is not a cursor, or has expired.
    """
    try:
        made, place = json.loads(base64.urlsafe_b64decode(cursor))
    except (binascii.Error, ValueError, TypeError):
        made, place = -1, ""
    if made != epoch:
        message = "The start_cursor provided is invalid: " + cursor
        raise QueryError(message)
    return str(place)


def paged(
    rows: list[str], size: int, cursor: str | None, epoch: int
) -> tuple[list[str], str | None]:
    """Return a page of IDs and the cursor of the next page.

    Args:
        rows: All IDs.
        size: Rows of a page.
        cursor: Where it begins; None for the first page.
        epoch: The epoch of cursors.

    Raises:
        QueryError: If the cursor is not valid.
    """
    start = 0
    if cursor is not None:
        place = place_of(cursor, epoch)
        if place not in rows:
            message = "The start_cursor provided is invalid: " + cursor
            raise QueryError(message)
        start = rows.index(place)
    end = start + size
    following = cursor_of(epoch, rows[end]) if end < len(rows) else None
    return rows[start:end], following


def matching(store: NotionStore, source: str, body: Object) -> list[str]:
    """Return the IDs of the pages that a query requests, in order.

    Args:
        store: The workspace.
        source: ID of the data source.
        body: The query.

    Raises:
        QueryError: If its filter or its order is not valid.
    """
    sorts = body.get("sorts") or []
    first = sorts[0] if sorts else {"timestamp": "created_time"}
    timestamp = first.get("timestamp", "created_time")
    if timestamp not in TIMESTAMPS:
        message = f"body.sorts[0].timestamp should be one of {TIMESTAMPS}"
        raise QueryError(message)
    order = store.order(source, timestamp, in_trash=bool(body.get("in_trash")))
    for each in _filters(store, source, body.get("filter")):
        order = _filtered(store, order, timestamp, each)
    rows = [identifier for _, identifier in order]
    if "property" in first:
        rows = _by_property(store, source, rows, first["property"])
    if first.get("direction") == "descending":
        rows.reverse()
    return rows


COMPARISONS = {"on_or_after": ge, "equals": eq, "after": gt, "before": lt}


def _filters(store: NotionStore, source: str, given: Object | None) -> list[Object]:
    """Return the conditions of a filter, which all must hold."""
    if not given:
        return []
    found = given.get("and", [given])
    names = store.data_sources[source]["properties"]
    ids = {prop["id"] for prop in names.values()}
    for each in found:
        if "property" in each and each["property"] not in {*names, *ids}:
            message = f"Could not find property with name or id: {each['property']}"
            raise QueryError(message)
        if each.get("timestamp") not in TIMESTAMPS:
            message = "body.filter is not a timestamp filter of the sandbox"
            raise QueryError(message)
    return list(found)


def _filtered(
    store: NotionStore, order: list[tuple[str, str]], timestamp: str, given: Object
) -> list[tuple[str, str]]:
    name = given["timestamp"]
    ((operator, time),) = given[name].items()
    if operator not in COMPARISONS:
        message = f"body.filter.{name}.{operator} is not known to the sandbox"
        raise QueryError(message)
    if name == timestamp:
        if operator == "before":
            return from_time(order, time, before=True)
        found = from_time(order, time)
        if operator == "equals":
            found = from_time(found, time + "~", before=True)
        if operator == "after":
            found = from_time(found, time + "~")
        return found
    compare = COMPARISONS[operator]
    return [pair for pair in order if compare(store.pages[pair[1]][name], time)]


def _by_property(
    store: NotionStore, source: str, rows: list[str], wanted: str
) -> list[str]:
    properties = store.data_sources[source]["properties"].values()
    name = next(
        (prop["name"] for prop in properties if wanted in (prop["id"], prop["name"])),
        None,
    )
    if name is None:
        message = f"Could not find sort property with name or id: {wanted}"
        raise QueryError(message)

    def text(identifier: str) -> str:
        prop = store.pages[identifier]["properties"][name]
        return str(prop[prop["type"]])

    return sorted(rows, key=lambda identifier: (text(identifier), identifier))

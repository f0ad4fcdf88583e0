"""Reads lists to their end that Notion cuts in a page.

In a page, a title, a text, people and a relation have at most 25 items, and a rollup
over more references is wrong. Its property item is complete
(https://developers.notion.com/reference/retrieve-a-page-property-item).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_notion import conditions
from tap_notion.common.errors import UNEXPECTED, UnreadableError
from tap_notion.lists import responses
from tap_notion.transport.errors import NotFoundError
from tap_notion.values import EMPTY, columns, is_cut, texts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_notion.context import RunContext
    from tap_notion.sources import DataSource
    from tap_notion.transport.client import NotionClient

Row = dict[str, Any]
LISTS = frozenset({"title", "rich_text"})


def complete(
    run: RunContext, source: DataSource, page: Mapping[str, Any], rows: list[Row]
) -> None:
    """Replace the values of a page that Notion cut; keep them if that fails.

    Args:
        run: The run.
        source: The page's data source.
        page: The page.
        rows: The rows of its properties; changed in place.
    """
    cut = {prop["id"] for prop in page["properties"].values() if _is_cut(prop)}
    for row in rows:
        relation = source.rollups.get(row["property_id"])
        if relation in cut:
            row["is_truncated"] = True
        if not row["is_truncated"] or not run.config["page_property_items"]:
            continue
        item = f"{row['property_name']} of page {page['id']}"
        try:
            row.update(_value(run.client, page["id"], row["property_id"]))
        except NotFoundError:
            run.faults.add(conditions.PAGE_GONE, item=item)
        except UnreadableError as error:
            run.faults.add(conditions.ITEM_FAILED, message=error, item=item)
        except UNEXPECTED as error:
            run.faults.add(conditions.ITEM_FAILED, message=repr(error), item=item)


def _is_cut(prop: Row) -> bool:
    """Tell whether a list is cut; a value of another shape has been reported."""
    try:
        return is_cut(prop)
    except UNEXPECTED:
        return False


def _value(client: NotionClient, page: str, prop: str) -> Row:
    """Return the columns of a property that is read to its end.

    Args:
        client: The client.
        page: ID of the page.
        prop: ID of the property, as the API returned it.
    """
    items: list[Row] = []
    last: Row = {}
    for response in responses(client, "GET", f"pages/{page}/properties/{prop}", {}):
        if response["object"] == "property_item":
            return columns(response)
        items += response["results"]
        last = response["property_item"]
    kind = last["type"]
    if kind == "rollup":
        return _rollup(last["rollup"], items)
    found = columns({"type": kind, kind: [item[kind] for item in items]})
    return {**found, "is_truncated": False}


def _rollup(rollup: Row, items: list[Row]) -> Row:
    """Return the columns of a rollup: its last page has the complete result."""
    if rollup["type"] != "array":
        return columns({"type": "rollup", "rollup": rollup})
    return {
        **EMPTY,
        "value_strings": [text for item in items for text in _texts(item)],
    }


def _texts(item: Row) -> list[str]:
    """Return the texts of an item; a part of a text stands there without a list."""
    kind = item["type"]
    value = item[kind]
    if kind in LISTS and isinstance(value, dict):
        value = [value]
    if kind in ("people", "relation") and isinstance(value, dict):
        value = [value]
    return texts(columns({"type": kind, kind: value}))

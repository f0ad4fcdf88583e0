"""What a page shows of its lists, and what a property item shows."""

from __future__ import annotations

from typing import Any

Object = dict[str, Any]
CUT_AT = 25
"""Items of a list in a page (https://developers.notion.com/reference/retrieve-a-page)."""
LISTS = ("title", "rich_text", "people", "relation")


def page(found: Object, wanted: list[str]) -> Object:
    """Return a page as the API returns it: with lists of 25 items at most.

    Args:
        found: The page with complete lists.
        wanted: IDs of the only properties to return; empty for all.
    """
    shown = {
        name: _cut(prop)
        for name, prop in found["properties"].items()
        if not wanted or prop["id"] in wanted
    }
    return {**found, "properties": shown}


def _cut(prop: Object) -> Object:
    kind = prop["type"]
    found = {key: value for key, value in prop.items() if not key.startswith("_")}
    if kind in LISTS:
        found[kind] = prop[kind][:CUT_AT]
    if kind == "relation":  # the only type that says so
        found["has_more"] = len(prop[kind]) > CUT_AT
    return found


def items(prop: Object) -> list[Object] | None:
    """Return the property items of a list; None if the property is not one.

    Args:
        prop: The property with its complete list.
    """
    kind = prop["type"]
    if kind in LISTS:
        return [
            {"object": "property_item", "id": prop["id"], "type": kind, kind: each}
            for each in prop[kind]
        ]
    if kind == "rollup" and "_items" in prop:
        return list(prop["_items"])
    return None


def item(prop: Object) -> Object:
    """Return a property item that is not a list.

    Args:
        prop: The property.
    """
    return {"object": "property_item", **_cut(prop)}


def about_list(prop: Object, next_url: str | None) -> Object:
    """Return what the response of a list says about the property.

    Args:
        prop: The property.
        next_url: Address of the next page.
    """
    kind = prop["type"]
    value = prop.get("_complete", {}) if kind == "rollup" else {}
    return {"id": prop["id"], "next_url": next_url, "type": kind, kind: value}

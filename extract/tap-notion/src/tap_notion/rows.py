"""Turns objects of the API into rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_notion.common.errors import UNEXPECTED
from tap_notion.common.timestamps import timestamp
from tap_notion.values import EMPTY, columns, plain_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Row = dict[str, Any]


def data_source(found: Mapping[str, Any], database: Mapping[str, Any] | None) -> Row:
    """Return the row of a data source.

    Args:
        found: The data source.
        database: Its database; None if it is not shared.

    Raises:
        AttributeError, KeyError, TypeError, ValueError: If it has another shape.
    """
    title = plain_text(database["title"]) if database else None
    return {
        "id": found["id"],
        "database_id": found["parent"].get("database_id"),
        "database_title": title,
        "title": plain_text(found["title"]),
        "description": plain_text(found.get("description") or []),
        "properties": [_property(each) for each in found["properties"].values()],
        "is_inline": found.get("is_inline"),
        "in_trash": is_in_trash(found),
        "url": found.get("url"),
        "created_at": timestamp(found["created_time"]),
        "last_edited_at": timestamp(found["last_edited_time"]),
    }


def is_in_trash(found: Mapping[str, Any]) -> bool:
    """Tell whether an object is in the trash.

    Args:
        found: A page, data source or database. Version 2025-09-03 calls it `archived`,
            too.
    """
    return bool(found.get("in_trash", found.get("archived", False)))


def _property(found: Mapping[str, Any]) -> Row:
    about = found.get(found["type"]) or {}
    groups = {
        option: group["name"]
        for group in about.get("groups", ())
        for option in group["option_ids"]
    }
    return {
        "id": found["id"],
        "name": found["name"],
        "type": found["type"],
        "description": found.get("description"),
        "options": [
            {
                "id": option["id"],
                "name": option["name"],
                "group_name": groups.get(option["id"]),
            }
            for option in about.get("options", ())
        ],
        "number_format": about.get("format"),
        "formula_expression": about.get("expression"),
        "relation_data_source_id": about.get("data_source_id"),
        "rollup_function": about.get("function"),
        "rollup_relation_property_id": about.get("relation_property_id"),
    }


def page(found: Mapping[str, Any], data_source_id: str) -> Row:
    """Return the row of a page.

    Args:
        found: The page.
        data_source_id: ID of the data source that was queried.

    Raises:
        AttributeError, KeyError, TypeError, ValueError: If it has another shape.
    """
    properties = found["properties"]
    titles = (each for each in properties.values() if each["type"] == "title")
    parent = found.get("parent") or {}
    return {
        "id": found["id"],
        "data_source_id": data_source_id,
        "database_id": parent.get("database_id"),
        "title": "".join(plain_text(each["title"]) for each in titles),
        "url": found.get("url"),
        "in_trash": is_in_trash(found),
        "is_archived": found.get("is_archived"),
        "is_locked": found.get("is_locked"),
        "created_at": timestamp(found["created_time"]),
        "last_edited_at": timestamp(found["last_edited_time"]),
        "created_by_id": (found.get("created_by") or {}).get("id"),
        "last_edited_by_id": (found.get("last_edited_by") or {}).get("id"),
        "icon": _icon(found.get("icon")),
        "parent_page_id": parent.get("page_id"),
        "properties": properties,
    }


def _icon(found: Mapping[str, Any] | None) -> str | None:
    """Return an icon in a few characters; a file's address without its signature."""
    if not found:
        return None
    kind = found["type"]
    about = found.get(kind)
    if kind == "emoji":
        return str(about)
    if not isinstance(about, dict):
        return None
    text = about.get("name") or str(about.get("url") or "").partition("?")[0]
    return text or None


def page_properties(
    found: Mapping[str, Any],
    data_source_id: str,
    unusable: Callable[[str, Mapping[str, Any]], None],
) -> list[Row]:
    """Return the rows of a page's properties.

    Args:
        found: The page.
        data_source_id: ID of the data source that was queried.
        unusable: Reports a value that cannot be read: why, and its property.
    """
    rows = []
    for name, prop in found["properties"].items():
        try:
            values = columns(prop)
        except UNEXPECTED as error:
            unusable(str(error) or type(error).__name__, {"name": name, **prop})
            values = EMPTY
        rows.append(
            {
                "page_id": found["id"],
                "property_id": prop["id"],
                "data_source_id": data_source_id,
                "property_name": name,
                "property_type": prop["type"],
                **values,
            }
        )
    return rows


def user(found: Mapping[str, Any]) -> Row:
    """Return the row of a user.

    Args:
        found: A person or a connection.

    Raises:
        AttributeError, KeyError, TypeError: If it has another shape.
    """
    owner = (found.get("bot") or {}).get("owner") or {}
    return {
        "id": found["id"],
        "type": found.get("type"),
        "name": found.get("name"),
        "email": (found.get("person") or {}).get("email"),
        "bot_owner": (owner.get("user") or {}).get("id") or owner.get("type"),
    }


def page_index(found: Mapping[str, Any], data_source_id: str) -> Row:
    """Return the row of a page in the index.

    Args:
        found: The page.
        data_source_id: ID of the data source that was queried.

    Raises:
        KeyError, TypeError, ValueError: If it has another shape.
    """
    return {
        "id": found["id"],
        "data_source_id": data_source_id,
        "last_edited_at": timestamp(found["last_edited_time"]),
    }

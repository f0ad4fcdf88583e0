"""Builds the objects of a workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.notion.ids import identifier
from sandbox.notion.store import minute, rich_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sandbox.notion.store import NotionStore

Object = dict[str, Any]


def partial_user(key: str) -> Object:
    """Return a user as other objects refer to one.

    Args:
        key: ID of the user.
    """
    return {"object": "user", "id": key}


def add_person(store: NotionStore, name: str, email: str) -> str:
    """Add a person; return the ID.

    Args:
        store: The workspace.
        name: Name.
        email: E-mail address.
    """
    key = identifier("user", email)
    store.users[key] = {
        "object": "user",
        "id": key,
        "name": name,
        "avatar_url": None,
        "type": "person",
        "person": {"email": email},
    }
    return key


def add_connection(store: NotionStore, name: str) -> str:
    """Add the connection whose token reads; return the ID.

    Args:
        store: The workspace.
        name: Name.
    """
    key = identifier("bot", name)
    store.users[key] = {
        "object": "user",
        "id": key,
        "name": name,
        "avatar_url": None,
        "type": "bot",
        "bot": {
            "owner": {"type": "workspace", "workspace": True},
            "workspace_name": store.name,
            "workspace_id": identifier("workspace", store.name),
            "workspace_limits": {"max_file_upload_size_in_bytes": 5_242_880},
        },
    }
    store.bot = key
    return key


def add_database(store: NotionStore, title: str, at: datetime) -> str:
    """Add a database without data sources; return the ID.

    Args:
        store: The workspace.
        title: Title.
        at: When it was created; a database shows milliseconds.
    """
    key = identifier("database", title)
    moment = at.isoformat(timespec="milliseconds")
    store.databases[key] = {
        "object": "database",
        "id": key,
        "title": rich_text(title),
        "description": [],
        "parent": {"type": "workspace", "workspace": True},
        "is_inline": False,
        "in_trash": False,
        "archived": False,
        "is_locked": False,
        "created_time": moment,
        "last_edited_time": moment,
        "data_sources": [],
        "icon": None,
        "cover": None,
        "url": address(title, key),
        "public_url": None,
    }
    return key


def add_data_source(
    store: NotionStore,
    database: str,
    title: str,
    at: datetime,
    properties: Mapping[str, tuple[str, str, Object]],
) -> str:
    """Add a data source to a database; return the ID.

    Args:
        store: The workspace.
        database: ID of the database.
        title: Title.
        at: When it was created.
        properties: ID, type and configuration of each property, by name.
    """
    key = identifier("data source", database, title)
    author = partial_user(store.bot)
    store.data_sources[key] = {
        "object": "data_source",
        "id": key,
        "cover": None,
        "icon": None,
        "created_time": minute(at),
        "created_by": author,
        "last_edited_by": author,
        "last_edited_time": minute(at),
        "title": rich_text(title),
        "description": [],
        "is_inline": False,
        "properties": {
            name: {
                "id": prop,
                "name": name,
                "description": None,
                "type": kind,
                kind: about,
            }
            for name, (prop, kind, about) in properties.items()
        },
        "parent": {"type": "database_id", "database_id": database},
        "database_parent": {"type": "workspace", "workspace": True},
        "url": address(title, key),
        "public_url": None,
        "in_trash": False,
        "archived": False,
    }
    store.databases[database]["data_sources"].append({"id": key, "name": title})
    return key


def add_page(
    store: NotionStore,
    source: str,
    key: str,
    times: tuple[datetime, datetime],
    values: Mapping[str, Any],
) -> Object:
    """Add a page to a data source; return it.

    Args:
        store: The workspace.
        source: ID of the data source.
        key: ID of the page.
        times: When it was created and when it was last edited.
        values: Value of each property, below the name of its type.
    """
    about = store.data_sources[source]
    properties = {
        name: {"id": prop["id"], "type": prop["type"], prop["type"]: values[name]}
        for name, prop in about["properties"].items()
        if name in values
    }
    title = next(
        (
            "".join(part["plain_text"] for part in prop["title"])
            for prop in properties.values()
            if prop["type"] == "title"
        ),
        "",
    )
    author = partial_user(next(iter(store.users)))
    page = {
        "object": "page",
        "id": key,
        "created_time": minute(times[0]),
        "last_edited_time": minute(times[1]),
        "created_by": author,
        "last_edited_by": author,
        "cover": None,
        "icon": None,
        "parent": {
            "type": "data_source_id",
            "data_source_id": source,
            "database_id": about["parent"]["database_id"],
        },
        "in_trash": False,
        "is_archived": False,
        "archived": False,
        "is_locked": False,
        "properties": properties,
        "url": address(title, key),
        "public_url": None,
    }
    store.pages[key] = page
    store.changed()
    return page


def address(title: str, key: str) -> str:
    """Return an address in Notion.

    Args:
        title: Title of the object.
        key: Its ID.
    """
    words = "-".join(title.split())
    name = f"{words}-" if words.isascii() and words else ""
    return f"https://app.notion.com/p/{name}{key.replace('-', '')}"

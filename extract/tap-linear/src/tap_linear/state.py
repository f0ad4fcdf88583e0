"""Checks the state that the tap is given, before anything is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from tap_linear import gaps
from tap_linear.common.timestamps import timestamp

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

WORKSPACE = "workspace"


def problems(
    state: Mapping[str, Any], incremental: Collection[str]
) -> Iterator[tuple[str, str]]:
    """Yield what cannot be understood.

    Args:
        state: The state.
        incremental: Names of the streams that have a bookmark.

    Yields:
        The part of the state, and what is wrong with it.
    """
    bookmarks = state.get("bookmarks") or {}
    if not isinstance(bookmarks, dict):
        yield "bookmarks", "it is no object"
        return
    for name, bookmark in bookmarks.items():
        if not isinstance(bookmark, dict):
            yield name, "it is no object"
        elif name in incremental and (problem := _of_bookmark(bookmark)):
            yield name, problem
    workspace = state.get(WORKSPACE)
    if workspace is not None and (problem := _of_workspace(workspace)):
        yield WORKSPACE, problem


def _of_bookmark(bookmark: Mapping[str, Any]) -> str | None:
    for key in ("replication_key_value", "start"):
        if not _is_moment(bookmark.get(key, "2000-01-01")):
            return f"its {key} is no timestamp"
    if not _is_id(bookmark.get("last_id", str(UUID(int=0)))):
        return "its last_id is no ID"
    teams = bookmark.get("teams", [])
    if not isinstance(teams, list) or not all(isinstance(one, str) for one in teams):
        return "its teams is no list of keys"
    listed = bookmark.get("gaps", [])
    if not isinstance(listed, list):
        return "its gaps is no list"
    read = bookmark.get("read", {})
    if not isinstance(read, dict) or not all(map(_is_text, read.values())):
        return "its read is no object of timestamps"
    lost = bookmark.get("lost")
    return next(
        filter(None, (gaps.problem(one) for one in [*listed, lost or {}])), None
    )


def _of_workspace(workspace: object) -> str | None:
    if not isinstance(workspace, dict):
        return "it is no object"
    for key, kind in (
        ("version", int),
        ("organization", dict),
        ("teams", dict),
        ("rows", dict),
        ("of", list),
        ("retired", list),
        ("lost", list),
    ):
        value = workspace.get(key)
        if value is not None and not isinstance(value, kind):
            return f"its {key} is of another type"
    organization = workspace.get("organization") or {}
    if organization and not {"id", "name"} <= organization.keys():
        return "its organization has no id and name"
    if not all(isinstance(one, int) for one in (workspace.get("rows") or {}).values()):
        return "its rows are no numbers"
    return None


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_moment(value: object) -> bool:
    try:
        timestamp(value)  # type: ignore[arg-type] # that is what is checked
    except (TypeError, ValueError):
        return False
    return True


def _is_id(value: object) -> bool:
    try:
        UUID(value)  # type: ignore[arg-type] # that is what is checked
    except (AttributeError, TypeError, ValueError):
        return False
    return True

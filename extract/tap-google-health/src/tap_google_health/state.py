"""Checks the state that the tap is given, before anything is read."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping


def problems(
    state: Mapping[str, Any], streams: Collection[str]
) -> Iterator[tuple[str, str]]:
    """Yield what is not valid.

    Args:
        state: The state.
        streams: Names of the streams that have a bookmark.

    Yields:
        The part of the state, and what is wrong with it.
    """
    bookmarks = state.get("bookmarks") or {}
    for name in streams:
        bookmark = bookmarks.get(name) or {}
        for key in ("replication_key_value", "start"):
            value = bookmark.get(key) or "2000-01-01"
            if not _is_day(value):
                yield name, f"its {key} is not a date"
        if not _is_seen(bookmark.get("seen") or {}):
            yield name, "its seen does not contain keys by date"
        for key in ("version", "rows"):
            if not isinstance(bookmark.get(key) or 0, int):
                yield name, f"its {key} is not a number"


def _is_day(value: object) -> bool:
    try:
        date.fromisoformat(value)  # type: ignore[arg-type] # that is checked here
    except (TypeError, ValueError):
        return False
    return True


def _is_seen(seen: object) -> bool:
    return isinstance(seen, dict) and all(
        _is_day(day)
        and isinstance(keys, list)
        and all(
            isinstance(key, list) and all(isinstance(part, str) for part in key)
            for key in keys
        )
        for day, keys in seen.items()
    )

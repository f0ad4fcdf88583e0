"""Finds a stream's bookmark in a STATE."""

from __future__ import annotations

from typing import Any


def has_bookmark(state: Any, stream: str) -> bool:  # noqa: ANN401 - any JSON value
    """Return whether a STATE contains a bookmark of a stream.

    Args:
        state: The value of a STATE message: `{"bookmarks": {stream: …}}` as the Singer
            specification has it, or `{stream: …}` as some taps write it.
        stream: The stream's name, as the tap has it.
    """
    if not isinstance(state, dict):
        return False
    bookmarks = state.get("bookmarks", state)
    return isinstance(bookmarks, dict) and _has_value(bookmarks.get(stream))


def _has_value(value: Any) -> bool:  # noqa: ANN401 - any JSON value
    """Return whether a value is, or contains, anything but an empty value."""
    if isinstance(value, dict):
        return any(map(_has_value, value.values()))
    if isinstance(value, list):
        return any(map(_has_value, value))
    return value is not None and value != ""

"""What a STATE says of a stream."""

from __future__ import annotations

from typing import Any


def has_bookmark(state: Any, stream: str) -> bool:  # noqa: ANN401 - any JSON value
    """Return whether a STATE says how far a stream was read.

    Args:
        state: The value of a STATE message: `{"bookmarks": {stream: …}}` as the Singer
            specification has it, or `{stream: …}` as some taps write it.
        stream: The stream's name, as the tap has it.
    """
    if not isinstance(state, dict):
        return False
    bookmarks = state.get("bookmarks", state)
    return isinstance(bookmarks, dict) and _says_something(bookmarks.get(stream))


def _says_something(value: Any) -> bool:  # noqa: ANN401 - any JSON value
    """Return whether a value is, or holds, anything but an empty value."""
    if isinstance(value, dict):
        return any(map(_says_something, value.values()))
    if isinstance(value, list):
        return any(map(_says_something, value))
    return value is not None and value != ""

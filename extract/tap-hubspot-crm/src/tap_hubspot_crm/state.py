"""Checks the state that the tap is given, before anything is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_hubspot_crm.account import ACCOUNT
from tap_hubspot_crm.common.timestamps import timestamp
from tap_hubspot_crm.context import PARTS, ROWS, VERSIONS
from tap_hubspot_crm.streams.records import PASS, SEARCH

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

NUMBERS = ("version", "rows", "children", "archived")
TEXTS = ("after", "last_id")
TIMES = ("since", "started_at")


def problems(state: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what cannot be understood.

    Args:
        state: The state.

    Yields:
        The part of the state, and what is wrong with it.
    """
    for name, bookmark in (state.get("bookmarks") or {}).items():
        yield from ((name, problem) for problem in _of_bookmark(bookmark))
    for key in (VERSIONS, ROWS):
        numbers = state.get(key, {})
        if not isinstance(numbers, dict) or not all(map(_is_number, numbers.values())):
            yield key, "it holds no numbers"
    if not _is_parts(state.get(PARTS, {})):
        yield PARTS, "it holds no lists of names"
    if not _is_account(state.get(ACCOUNT, {"id": 0})):
        yield ACCOUNT, "it holds no ID of an account"


def _of_bookmark(bookmark: object) -> Iterator[str]:
    if not isinstance(bookmark, dict):
        yield "it is no object"
        return
    value = bookmark.get("replication_key_value")
    if value is not None and not _is_time(value):
        yield "its replication_key_value is no timestamp"
    for key in (PASS, SEARCH):
        if key in bookmark and (wrong := _of_position(bookmark[key])):
            yield f"its {key} {wrong}"
    if SEARCH in bookmark and not _is_search(bookmark[SEARCH]):
        yield f"its {SEARCH} has no since and last_id"


def _of_position(position: object) -> str | None:
    if not isinstance(position, dict):
        return "is no object"
    for names, is_right, word in (
        (NUMBERS, _is_number, "number"),
        (TEXTS, _is_text, "text"),
        (TIMES, _is_time, "timestamp"),
    ):
        for name in names:
            if name in position and not is_right(position[name]):
                return f"has a {name} that is no {word}"
    return None


def _is_account(account: object) -> bool:
    return isinstance(account, dict) and _is_number(account.get("id"))


def _is_parts(parts: object) -> bool:
    return isinstance(parts, dict) and all(
        isinstance(names, list) and all(map(_is_text, names))
        for names in parts.values()
    )


def _is_search(position: object) -> bool:
    return (
        isinstance(position, dict)
        and "since" in position
        and str(position.get("last_id", "")).isdecimal()
    )


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_time(value: object) -> bool:
    try:
        timestamp(value)  # type: ignore[arg-type] # that is what is checked
    except (TypeError, ValueError):
        return False
    return True

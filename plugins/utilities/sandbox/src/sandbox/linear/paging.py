"""Linear's connections: newest first, and a cursor that is a value, not a position."""

from __future__ import annotations

import base64
import binascii
import json
from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Row = dict[str, Any]
Key = tuple[Any, ...]

# docs/apis/linear.md "Limits": 50 where `first` is absent, 1..250 everywhere.
PAGE_DEFAULT = 50
PAGE_MAX = 250


class PagingError(ValueError):
    """Arguments that Linear rejects."""


def encode(key: Key) -> str:
    """Return the opaque cursor of a row's sort key."""
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")


def decode(cursor: str) -> Key:
    """Return the sort key of a cursor.

    Raises:
        PagingError: If this API did not issue it.
    """
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        return tuple(json.loads(base64.urlsafe_b64decode(padded)))
    except (ValueError, binascii.Error, TypeError):
        message = f"cursor is not valid: {cursor}"
        raise PagingError(message) from None


def page_size(first: int | None, last: int | None) -> int:
    """Return the number of requested rows.

    Raises:
        PagingError: Outside of 1..250.
    """
    size = first if first is not None else last
    if size is None:
        return PAGE_DEFAULT
    if not 1 <= size <= PAGE_MAX:
        name = "first" if first is not None else "last"
        message = f"{name} must be between 1 and {PAGE_MAX}."
        raise PagingError(message)
    return size


class Descending:
    """A sort key in reverse order, for bisect on a descending list."""

    __slots__ = ("key",)

    def __init__(self, key: Key) -> None:
        """Wrap a key."""
        self.key = key

    def __lt__(self, other: Descending) -> bool:
        """Compare in the reverse order."""
        return other.key < self.key


def connection(
    rows: Sequence[Row],
    arguments: dict[str, Any],
    keep: Callable[[Row], bool],
    order: str | None,
) -> dict[str, Any]:
    """Return one page.

    Args:
        rows: In the order of the answer: newest first by `order`, or a plain list.
        arguments: first, last, after, before.
        keep: Which rows are visible and requested.
        order: createdAt or updatedAt; None for a list that has positions.

    Returns:
        nodes, their sort keys, and pageInfo.

    Raises:
        PagingError: For arguments that Linear refuses.
    """
    size = page_size(arguments.get("first"), arguments.get("last"))
    low, high = 0, len(rows)
    positions = {id(row): n for n, row in enumerate(rows)} if order is None else {}

    def key(row: Row) -> Key:
        return (positions[id(row)],) if order is None else (row[order], row["id"])

    if after := arguments.get("after"):
        low = _after(rows, decode(after), order, key)
    if before := arguments.get("before"):
        high = _before(rows, decode(before), order, key)
    backward = arguments.get("first") is None and arguments.get("last") is not None
    indexes = range(high - 1, low - 1, -1) if backward else range(low, high)
    nodes: list[Row] = []
    more = False
    for index in indexes:
        row = rows[index]
        if not keep(row):
            continue
        if len(nodes) == size:
            more = True
            break
        nodes.append(row)
    if backward:
        nodes.reverse()
    keys = [key(row) for row in nodes]
    return {
        "nodes": nodes,
        "keys": keys,
        "pageInfo": {
            "hasNextPage": bool(before) if backward else more,
            "hasPreviousPage": more if backward else bool(after),
            "startCursor": encode(keys[0]) if keys else None,
            # Set on the last page too.
            "endCursor": encode(keys[-1]) if keys else None,
        },
    }


def _after(
    rows: Sequence[Row], at: Key, order: str | None, key: Callable[[Row], Key]
) -> int:
    if order is None:
        return int(at[0]) + 1
    return bisect_right(rows, Descending(at), key=lambda row: Descending(key(row)))


def _before(
    rows: Sequence[Row], at: Key, order: str | None, key: Callable[[Row], Key]
) -> int:
    if order is None:
        return int(at[0])
    return bisect_left(rows, Descending(at), key=lambda row: Descending(key(row)))

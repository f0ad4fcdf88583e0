"""GitHub's connections: value cursors on pull requests, positions on nested lists."""

from __future__ import annotations

import base64
import binascii
import json
from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, Any

from graphql import GraphQLError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Row = dict[str, Any]
Key = tuple[Any, ...]


def encode(key: Key) -> str:
    """Return the opaque cursor of a sort key."""
    return base64.b64encode(b"cursor:v2:" + json.dumps(key).encode()).decode()


def decode(cursor: str) -> Key:
    """Return the sort key of a cursor.

    Raises:
        GraphQLError: If this API did not issue it.
    """
    try:
        text = base64.b64decode(cursor, validate=True)
        return tuple(json.loads(text.removeprefix(b"cursor:v2:")))
    except (ValueError, binascii.Error, TypeError):
        message = f"`{cursor}` does not appear to be a valid cursor."
        raise GraphQLError(
            message, extensions={"type": "INVALID_CURSOR_ARGUMENTS"}
        ) from None


class Reversed:
    """A sort key in the other direction, for bisect."""

    __slots__ = ("key",)

    def __init__(self, key: Key) -> None:
        """Wrap a key."""
        self.key = key

    def __lt__(self, other: Reversed) -> bool:
        """Compare in the reverse order."""
        return other.key < self.key


def connection(
    rows: Sequence[Row],
    arguments: dict[str, Any],
    key: Callable[[Row], Key] | None = None,
    *,
    descending: bool = False,
) -> Row:
    """Return one page.

    Args:
        rows: In the order of the answer.
        arguments: first, last, after, before.
        key: The sort key that `rows` are ordered by. The cursor is then a predicate on
            it: a row that moves before the cursor during a scan is missing from that
            scan. None for a list with positions.
        descending: Whether `rows` are ordered that way.

    Returns:
        nodes, pageInfo, totalCount, and the sort keys for edges.
    """
    wrap: Callable[[Key], Any] = Reversed if descending else tuple
    low, high = 0, len(rows)
    if after := arguments.get("after"):
        at = decode(after)
        low = (
            int(at[0]) + 1
            if key is None
            else bisect_right(rows, wrap(at), key=lambda row: wrap(key(row)))
        )
    if before := arguments.get("before"):
        at = decode(before)
        high = (
            int(at[0])
            if key is None
            else bisect_left(rows, wrap(at), key=lambda row: wrap(key(row)))
        )
    first, last = arguments.get("first"), arguments.get("last")
    start, end = low, high
    if first is not None:
        end = min(end, start + first)
    if last is not None:
        start = max(start, end - last)
    nodes = list(rows[start:end])
    keys = [(start + n,) if key is None else key(row) for n, row in enumerate(nodes)]
    return {
        "nodes": nodes,
        "keys": keys,
        "totalCount": len(rows),
        "pageInfo": {
            "hasNextPage": end < high if first is not None else bool(before),
            "hasPreviousPage": start > low if first is None else bool(after),
            "startCursor": encode(keys[0]) if keys else None,
            "endCursor": encode(keys[-1]) if keys else None,
        },
    }


def edges(row: Row, _info: Any) -> list[Row]:  # noqa: ANN401 - graphql-core's info
    """Return a page's edges."""
    extra = row.get("edgeFields") or [{}] * len(row["nodes"])
    return [
        {"cursor": encode(key), "node": node, **fields}
        for key, node, fields in zip(row["keys"], row["nodes"], extra, strict=True)
    ]

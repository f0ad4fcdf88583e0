"""Opaque cursors: the position after the last row of a page.

A cursor belongs to one query. A made-up cursor and that of another query are refused.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

from .errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Place = TypeVar("Place")

LONGEST = 1000
CHECK_CHARACTERS = 16


class CursorError(ParameterError):
    """A cursor is not one of this query's."""

    def __init__(self) -> None:
        """Say what to do."""
        super().__init__(
            "cursor is not valid for this query: send next_cursor of the page before"
            " with the same parameters, or leave it out"
        )


def encode(position: Sequence[str], query: Mapping[str, object]) -> str:
    """Return the cursor of a position.

    Args:
        position: The sort key of the last row.
        query: The query's parameters, without `limit`.
    """
    text = json.dumps(list(position), ensure_ascii=False)
    return base64.urlsafe_b64encode((_check(text, query) + text).encode()).decode()


def decode(cursor: str, query: Mapping[str, object]) -> list[str]:
    """Return the position of a cursor.

    Args:
        cursor: As `encode` made it.
        query: The same parameters.

    Raises:
        CursorError: If it was not made for this query.
    """
    try:
        whole = base64.b64decode(cursor.encode("ascii"), b"-_", validate=True)
        text = whole.decode()
    except (binascii.Error, UnicodeError):
        raise CursorError from None
    check, position = text[:CHECK_CHARACTERS], text[CHECK_CHARACTERS:]
    if check != _check(position, query):
        raise CursorError
    try:
        found = json.loads(position)
    except ValueError:
        raise CursorError from None
    if not isinstance(found, list) or not all(isinstance(x, str) for x in found):
        raise CursorError
    return found


def position(
    cursor: str | None, query: Mapping[str, object], read: Callable[[str], Place]
) -> tuple[Place, str] | tuple[None, None]:
    """Return the day or the moment, and the ID, after which a page begins.

    Args:
        cursor: As `encode` made it; None for the first page.
        query: The same parameters.
        read: Reads the day or the moment; raises ValueError if it is not valid.

    Raises:
        CursorError: If it was not made for this query.
    """
    if cursor is None:
        return None, None
    try:
        place, identifier = decode(cursor, query)
        identifier.encode()
        return read(place), identifier
    except (ValueError, OverflowError):
        # Another number of parts, no such place, or a text that is not Unicode.
        raise CursorError from None


def moment(text: str) -> datetime:
    """Read the moment of a position.

    Args:
        text: In ISO 8601, with its time zone or in UTC.

    Raises:
        ValueError: If it is no moment.
        OverflowError: If UTC has no such year.
    """
    found = datetime.fromisoformat(text)
    return found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)


def _check(text: str, query: Mapping[str, object]) -> str:
    parameters = json.dumps({name: str(query[name]) for name in sorted(query)})
    digest = hashlib.sha256(f"{parameters}\n{text}".encode())
    return digest.hexdigest()[:CHECK_CHARACTERS]

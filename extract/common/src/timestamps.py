"""Timestamps in the one form that all taps write: UTC, milliseconds, `Z`.

Bookmarks are compared as text (docs/warehouse.md), so every timestamp has the same
length: `2026-01-31T12:00:00.000Z`.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

FIRST = "0001-01-01T00:00:00.000Z"
LAST = "9999-12-31T23:59:59.999Z"
SECONDS = len("2026-01-01T00:00:00Z")
MILLISECONDS = len("2026-01-01T00:00:00.000Z")


def timestamp(value: str) -> str:
    """Return a timestamp as UTC with milliseconds and `Z`.

    Args:
        value: ISO 8601 with any offset; without an offset it is UTC.

    Raises:
        TypeError: If it is not text.
        ValueError: If the calendar has no such time, or it is outside the years 1 to
            9999 in UTC.
    """
    parsed = datetime.fromisoformat(value)
    # Both vendors write one of these two forms, so most values need no conversion.
    if value[-1] == "Z" and value[7:11:3] == "-T":
        if len(value) == SECONDS:
            return f"{value[:-1]}.000Z"
        if len(value) == MILLISECONDS and value[19] == ".":
            return value
    return _text(parsed)


def from_epoch(seconds: float) -> str:
    """Return a Unix time as a timestamp.

    Args:
        seconds: Seconds since 1970.
    """
    return _text(datetime.fromtimestamp(seconds, UTC))


def minus_seconds(value: str, seconds: float) -> str:
    """Return the timestamp that is a number of seconds earlier; FIRST at the earliest.

    Args:
        value: A timestamp.
        seconds: How many; negative for a later timestamp.
    """
    parsed = datetime.fromisoformat(value)
    try:
        return _text(parsed - timedelta(seconds=seconds))
    except (OverflowError, ValueError):  # outside the years 1 to 9999
        return FIRST if seconds > 0 else LAST


def http_date(header: str | None) -> float | None:
    """Return a date from an HTTP header as Unix time, in seconds.

    Args:
        header: Value of a header such as `Date`; GMT if it has no offset
            (https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7).

    Returns:
        Seconds since 1970; None if it is not a date.
    """
    try:
        date = parsedate_to_datetime(header or "")
    except (ValueError, OverflowError):
        return None
    return date.replace(tzinfo=date.tzinfo or UTC).timestamp()


def _text(parsed: datetime) -> str:
    if parsed.tzinfo is None:
        parsed = parsed.replace(tzinfo=UTC)
    try:
        utc = parsed.astimezone(UTC)
    except OverflowError as error:  # before the year 1 or after 9999
        raise ValueError(str(error)) from None
    return utc.isoformat(timespec="milliseconds").replace("+00:00", "Z")

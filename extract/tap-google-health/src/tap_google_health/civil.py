"""Times as the API writes them: durations, offsets, civil dates.

The API leaves out zeros (proto3): 07:00 is `{"hours": 7}`, midnight is `{}`, and a
missing offset is UTC. A day is the civil date, the date where the person was.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tap_google_health.common.values import whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def seconds(duration: str | None) -> int:
    """Return a duration in whole seconds.

    Args:
        duration: Such as `32400s`, `-25200s` or `2490.5s`; None is 0.

    Raises:
        TypeError: If it is not text.
        ValueError: If it is not a duration.
    """
    if duration is None:
        return 0
    if not isinstance(duration, str):
        raise TypeError(duration)
    if not duration.endswith("s"):
        raise ValueError(duration)
    return whole(float(duration.removesuffix("s")))


def civil_date(value: Mapping[str, Any]) -> str:
    """Return a `google.type.Date` as YYYY-MM-DD.

    Args:
        value: With year, month and day.

    Raises:
        ValueError: If the calendar has no such day; parts of a date are 0 or missing.
        TypeError: If it is not an object of numbers.
    """
    if not isinstance(value, dict):
        raise TypeError(value)
    parts = (value.get(name, 0) for name in ("year", "month", "day"))
    return date(*parts).isoformat()


def date_at(moment: str, offset: str | None) -> str:
    """Return the civil date of a moment.

    Args:
        moment: RFC 3339.
        offset: Offset of local time from UTC, a duration; None is UTC.

    Raises:
        ValueError: If one of them is invalid.
    """
    utc = datetime.fromisoformat(moment).astimezone(UTC)
    return (utc + timedelta(seconds=seconds(offset))).date().isoformat()


def as_civil(day: date) -> dict[str, Any]:
    """Return a day as the API's `CivilDateTime`, at midnight.

    Args:
        day: The day.
    """
    return {"date": {"year": day.year, "month": day.month, "day": day.day}}


def windows(start: date, end: date, days: int) -> Iterator[tuple[date, date]]:
    """Yield the parts of a range, the oldest first.

    Args:
        start: First day.
        end: The day after the last.
        days: Longest part.

    Yields:
        First day, and the day after the last.
    """
    while start < end:
        until = min(end, start + timedelta(days=days))
        yield start, until
        start = until

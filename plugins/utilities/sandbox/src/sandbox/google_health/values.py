"""Values as the API writes them: zeros are left out, int64 is text."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

Value = dict[str, Any]


def compact(value: Value) -> Value:
    """Return an object without zeros, as proto3 writes it.

    Args:
        value: Fields with None, 0, 0.0, False and "" for what is not sent.
    """
    return {name: each for name, each in value.items() if each or each == {}}


def int64(number: float) -> str | None:
    """Return an int64 as the JSON text of it; None for zero.

    Args:
        number: The number.
    """
    return str(int(number)) if int(number) else None


def duration(seconds: float) -> str:
    """Return a duration, such as `32400s`.

    Args:
        seconds: Its length.
    """
    return f"{int(seconds)}s"


def civil_date(day: date) -> Value:
    """Return a `google.type.Date`.

    Args:
        day: The day.
    """
    return {"year": day.year, "month": day.month, "day": day.day}


def civil(moment: datetime) -> Value:
    """Return a `CivilDateTime` of a local time.

    Args:
        moment: Local time; its offset is not written.
    """
    time = {"hours": moment.hour, "minutes": moment.minute, "seconds": moment.second}
    return {"date": civil_date(moment.date()), "time": compact(time)}


def instant(moment: datetime) -> str:
    """Return a moment in UTC, RFC 3339.

    Args:
        moment: With its offset.
    """
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def interval(start: datetime, end: datetime) -> Value:
    """Return a `SessionTimeInterval` or an `ObservationTimeInterval`.

    Args:
        start: First moment, with its offset.
        end: The moment after the last, with its offset.
    """
    return {
        **_side("start", start),
        **_side("end", end),
        "civilStartTime": civil(start),
        "civilEndTime": civil(end),
    }


def _side(name: str, moment: datetime) -> Value:
    offset = (moment.utcoffset() or timedelta()).total_seconds()
    found: Value = {f"{name}Time": instant(moment)}
    if offset:  # zero is left out
        found[f"{name}UtcOffset"] = duration(offset)
    return found


def sample_time(moment: datetime) -> Value:
    """Return an `ObservationSampleTime`.

    Args:
        moment: With its offset.
    """
    offset = (moment.utcoffset() or timedelta()).total_seconds()
    found: Value = {"physicalTime": instant(moment), "civilTime": civil(moment)}
    if offset:
        found["utcOffset"] = duration(offset)
    return found

"""Turns values of the API into values of a record, each in one form."""

from __future__ import annotations

from datetime import date as calendar_date
from typing import TYPE_CHECKING, Any

from tap_linear.common.timestamps import timestamp

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def date(value: str) -> str:
    """Return a date as YYYY-MM-DD; of a timestamp, its date.

    Args:
        value: ISO 8601.

    Raises:
        TypeError: If it is no text.
        ValueError: If there is no such day.
    """
    if not isinstance(value, str):
        raise TypeError(value)
    return calendar_date.fromisoformat(value.partition("T")[0]).isoformat()


def whole(value: float | str) -> int:
    """Return a number without its fraction.

    Linear's schema has Float where only whole numbers occur: number, priority.

    Args:
        value: A number.

    Raises:
        OverflowError: If it is infinite.
        TypeError: If it is no number.
        ValueError: If it is not a number at all.
    """
    return int(value)


def conversion(column: Mapping[str, Any]) -> Callable[[Any], Any] | None:
    """Return what has to be done to a value of a column, None for nothing.

    Args:
        column: The column's JSON schema.
    """
    if column.get("format") == "date-time":
        return timestamp
    if column.get("format") == "date":
        return date
    return whole if "integer" in column["type"] else None

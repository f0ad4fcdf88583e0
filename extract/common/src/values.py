"""Converts a value of an API to the type of its column, or refuses it."""

from __future__ import annotations

from datetime import date as calendar_date
from math import isfinite
from typing import TYPE_CHECKING, Any

from .timestamps import timestamp

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# BigQuery's INT64 ends before it:
# https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#integer_types
TOO_LARGE = 2**63


def date(value: str) -> str:
    """Return a date as YYYY-MM-DD; of a timestamp, its date.

    Args:
        value: ISO 8601.

    Raises:
        TypeError: If it is not text.
        ValueError: If there is no such day.
    """
    if not isinstance(value, str):
        raise TypeError(value)
    return calendar_date.fromisoformat(value.partition("T")[0]).isoformat()


def whole(value: float | str) -> int:
    """Return a number without its fraction.

    Args:
        value: A number, or its text: JSON has no 64-bit integers, so Google's APIs send
            text, and Linear's schema has Float where only whole numbers occur.

    Raises:
        OverflowError: If it is infinite, or does not fit into 64 bits.
        TypeError: If it is not a number.
        ValueError: If it is text that is not a number.
    """
    if isinstance(value, bool):
        raise TypeError(value)
    number = int(value)
    if not -TOO_LARGE <= number < TOO_LARGE:
        raise OverflowError(value)
    return number


def number(value: float) -> float:
    """Return a number that is finite.

    Args:
        value: A number.

    Raises:
        TypeError: If it is not a number.
        ValueError: If it is infinite or NaN.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(value)
    if not isfinite(value):
        raise ValueError(value)
    return value


def _exactly(kind: type) -> Callable[[Any], Any]:
    """Return a function that returns values of one type only."""

    def check(value: Any) -> Any:  # noqa: ANN401 - JSON
        if type(value) is not kind:
            raise TypeError(value)
        return value

    return check


def _each(convert: Callable[[Any], Any]) -> Callable[[Any], list[Any]]:
    """Return a function that converts each element of a list."""

    def converted(values: Any) -> list[Any]:  # noqa: ANN401 - JSON
        if not isinstance(values, list):
            raise TypeError(values)
        return [convert(value) for value in values]

    return converted


FORMATS: dict[str, Callable[[Any], Any]] = {"date-time": timestamp, "date": date}
TYPES: dict[str, Callable[[Any], Any]] = {
    "boolean": _exactly(bool),
    "integer": whole,
    "number": number,
    "object": _exactly(dict),
    "string": _exactly(str),
}


def conversion(column: Mapping[str, Any]) -> Callable[[Any], Any]:
    """Return the function that converts a value of a column, or refuses it.

    It raises OverflowError, TypeError or ValueError for a value of another type: the
    table of a target could not hold it.

    Args:
        column: The column's JSON schema.
    """
    if column.get("format") in FORMATS:
        return FORMATS[column["format"]]
    if "array" in column["type"]:
        return _each(conversion(column["items"]))
    return next(TYPES[name] for name in column["type"] if name in TYPES)

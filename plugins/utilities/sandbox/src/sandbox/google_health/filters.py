"""The filter of a list: `steps.interval.start_time >= "…" AND … < "…"`.

Which fields a type has depends on its kind, and every other field is refused; so is the
camel case of the response (docs/apis/google_health.md).
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from sandbox.google_health.nights import field_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.google_health.values import Value

TERM = re.compile(r'^\s*([A-Za-z0-9_.]+)\s*(>=|<)\s*"([^"]*)"\s*$')
DATES = r"\d{4}-\d{2}-\d{2}"
MOMENT = re.compile(
    rf"{DATES}T\d{{2}}:\d{{2}}:\d{{2}}(?:\.\d+)?(?:Z|[+-]\d{{2}}:\d{{2}})"
)
CIVIL = re.compile(rf"{DATES}(?:T\d{{2}}:\d{{2}}:\d{{2}})?")
DAY = re.compile(DATES)
SAMPLES = {"weight", "body-fat", "heart-rate", "height"}


class FilterError(ValueError):
    """A filter that the API refuses.

    Attributes:
        reason: Google's reason.
    """

    def __init__(self, reason: str, message: str) -> None:
        """Keep the reason."""
        super().__init__(message)
        self.reason = reason


def fields(kind: str) -> dict[str, tuple[re.Pattern[str], Callable[[Value], Any]]]:
    """Return what a type can be filtered by: the form of the value, and its source.

    Args:
        kind: The type, in kebab case.
    """
    if kind.startswith("daily-"):
        return {"date": (DAY, lambda value: _day(value["date"]))}
    if kind in SAMPLES:
        return {
            "sample_time.physical_time": (
                MOMENT,
                lambda value: _moment(value["sampleTime"]["physicalTime"]),
            ),
            "sample_time.civil_time": (
                CIVIL,
                lambda value: _civil(value["sampleTime"]["civilTime"]),
            ),
        }
    side = "end" if kind == "sleep" else "start"
    found: dict[str, tuple[re.Pattern[str], Callable[[Value], Any]]] = {
        f"interval.civil_{side}_time": (
            CIVIL,
            lambda value: _civil(value["interval"][f"civil{side.capitalize()}Time"]),
        )
    }
    if kind != "exercise":
        found[f"interval.{side}_time"] = (
            MOMENT,
            lambda value: _moment(value["interval"][f"{side}Time"]),
        )
    return found


def matching(kind: str, text: str) -> Callable[[Value], bool]:
    """Return whether a data point matches a filter.

    Args:
        kind: The type, in kebab case.
        text: The filter; empty for all.

    Raises:
        FilterError: If the API refuses the filter.
    """
    name = kind.replace("-", "_")
    tests: list[Callable[[Value], bool]] = []
    for term in text.split(" AND ") if text else ():
        match = TERM.match(term)
        if match is None:
            reason = "INVALID_DATA_POINT_FILTER_SYNTAX"
            raise FilterError(reason, f"cannot parse {term!r}")
        path, operator, literal = match.groups()
        prefix, _, member = path.partition(".")
        if prefix != name:
            reason = "INVALID_DATA_POINT_FILTER_DATA_TYPE_MEMBER"
            raise FilterError(reason, f"{prefix} is not {name}")
        known = fields(kind)
        if member not in known:
            reason = "INVALID_DATA_POINT_FILTER_RESTRICTION_COMPARABLE"
            raise FilterError(reason, f"{kind} cannot be filtered by {member}")
        form, read = known[member]
        if not form.fullmatch(literal):
            reason = "INVALID_DATA_POINT_FILTER_TIMESTAMP_VALUE"
            raise FilterError(reason, f"{literal!r} is not a value of {member}")
        bound = _moment(literal)
        tests.append(_test(read, operator, bound))
    field = field_name(kind)
    return lambda point: all(test(point[field]) for test in tests)


def start_of(kind: str, point: Value) -> datetime:
    """Return what the API sorts by, the newest first.

    Args:
        kind: The type, in kebab case.
        point: The data point.
    """
    value = point[field_name(kind)]
    if kind.startswith("daily-"):
        return _day(value["date"]).replace(tzinfo=UTC)
    if kind in SAMPLES:
        return _moment(value["sampleTime"]["physicalTime"])
    return _moment(value["interval"]["startTime"])


def _test(
    read: Callable[[Value], Any],
    operator: str,
    bound: Any,  # noqa: ANN401 - a time
) -> Callable[[Value], bool]:
    if operator == ">=":
        return lambda value: bool(read(value) >= bound)
    return lambda value: bool(read(value) < bound)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _day(value: Value) -> datetime:
    found = date(value["year"], value["month"], value["day"])
    return datetime(found.year, found.month, found.day)  # noqa: DTZ001 - civil time


def _civil(value: Value) -> datetime:
    time = value.get("time") or {}
    return _day(value["date"]).replace(
        hour=time.get("hours", 0),
        minute=time.get("minutes", 0),
        second=time.get("seconds", 0),
    )

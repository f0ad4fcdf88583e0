"""What is finished per week, month and 90 days, in a time zone, without SQL."""

from __future__ import annotations

import math
from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from recomputed.pull_requests import Row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from zoneinfo import ZoneInfo

WINDOW = timedelta(days=90)
ISSUE_MEASURES = ("lead_time_hours", "cycle_time_hours")
PULL_REQUEST_MEASURES = (
    "changed_lines",
    "pickup_time_hours",
    "review_time_hours",
    "open_to_merge_hours",
)
Flow = dict[tuple[Any, date], Row]


def percentile(values: list[float], share: float) -> float:
    """Interpolate between the two nearest values, as PERCENTILE_CONT does."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def summary(rows: list[Row], measures: Iterable[str]) -> Row:
    """Mean, median, 85th percentile of each measure, and how many rows have it."""
    found: Row = {}
    for measure in measures:
        known = [row[measure] for row in rows if row[measure] is not None]
        found |= {
            f"avg_{measure}": sum(known) / len(known) if known else None,
            f"p50_{measure}": percentile(known, 0.5) if known else None,
            f"p85_{measure}": percentile(known, 0.85) if known else None,
            f"{measure.removesuffix('_hours')}_n": len(known),
        }
    return found


def by_scope_and_day(
    finished: list[Row], zone: ZoneInfo
) -> dict[Any, list[tuple[date, Row]]]:
    """Sort rows with `scope` and `finished_at` by the first, with the day."""
    found: dict[Any, list[tuple[date, Row]]] = defaultdict(list)
    for row in finished:
        day = row["finished_at"].astimezone(zone).date()
        found[row["scope"]].append((day, row))
    return found


def rolling(
    finished: list[Row], measures: Iterable[str], zone: ZoneInfo, now: datetime
) -> Flow:
    """Recompute agg_rolling_flow: each day has the 90 days that end with it."""
    found: Flow = {}
    for scope, dated in by_scope_and_day(finished, zone).items():
        day = min(of for of, _ in dated)
        while day <= now.astimezone(zone).date():
            inside = [row for of, row in dated if day - WINDOW < of <= day]
            found[scope, day] = {
                "finished_count": len(inside),
                **summary(inside, measures),
            }
            day += timedelta(days=1)
    return found


def per_period(
    finished: list[Row],
    measures: Iterable[str],
    zone: ZoneInfo,
    first_day: Callable[[date], date],
) -> Flow:
    """Recompute figures per week or month, for those in which something finished."""
    found: dict[tuple[Any, date], list[Row]] = defaultdict(list)
    for scope, dated in by_scope_and_day(finished, zone).items():
        for day, row in dated:
            found[scope, first_day(day)].append(row)
    return {
        key: {"finished_count": len(rows), **summary(rows, measures)}
        for key, rows in found.items()
    }


def week(day: date) -> date:
    """First day of its week."""
    return day - timedelta(days=day.weekday())


def month(day: date) -> date:
    """First day of its month."""
    return day.replace(day=1)

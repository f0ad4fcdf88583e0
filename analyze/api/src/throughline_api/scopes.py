"""What a metric is about, and where each period of it is in the marts.

The names here are the only ones that a query's text is made of.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum


class Period(StrEnum):
    """The time that one point of a trend describes."""

    WEEK = "week"
    MONTH = "month"
    ROLLING = "rolling_90_days"


class ScopeName(StrEnum):
    """What a metric is about."""

    TEAM = "team"
    REPOSITORY = "repository"


@dataclass(frozen=True)
class Scope:
    """What a metric is about.

    Attributes:
        word: `team` or `repository`.
        subjects: The mart with one row per subject.
        id: Column of the subject's stable ID.
        name: Column of the subject's name in its mart and in the weekly mart.
        weekly: The mart with one row per subject and week.
    """

    word: ScopeName
    subjects: str
    id: str
    name: str
    weekly: str


TEAM = Scope(ScopeName.TEAM, "dim_teams", "team_id", "team_key", "agg_team_weekly_flow")
REPOSITORY = Scope(
    ScopeName.REPOSITORY,
    "dim_repositories",
    "repository_id",
    "repository_name",
    "agg_repository_weekly_flow",
)

WEEKS_DAYS, MONTHS_DAYS = 182, 365
"""Days of the default range of weeks and 90 days, and of months."""
WEEK_IS_OVER = "date_add(flow.week_start, interval 7 day) <= today.date_day"
MONTH_IS_OVER = "date_add(flow.month_start, interval 1 month) <= today.date_day"


@dataclass(frozen=True)
class Window:
    """Where the points of one period are, as SQL over the mart's rows `flow`.

    Attributes:
        mart: The mart.
        date: The point's date.
        complete: Whether the period is over.
        name: Column of the subject's name.
        days: Of the default range.
        where: Which rows are points.
        rows: What `flow` is, if not the mart itself.
    """

    mart: str
    date: str
    complete: str
    name: str = "scope_name"
    days: int = WEEKS_DAYS
    where: str = "true"
    rows: str | None = None


def _windows(mart: str) -> dict[Period, Window]:
    """Return the periods of a mart whose rows have a `time_window`."""
    return {
        Period.WEEK: Window(
            mart, "flow.week_start", WEEK_IS_OVER, where="flow.time_window = 'week'"
        ),
        Period.ROLLING: Window(
            mart,
            "date_add(flow.week_start, interval 6 day)",
            WEEK_IS_OVER,
            where="flow.time_window = 'last_90_days'",
        ),
    }


DELIVERY = _windows("agg_delivery_performance")
CHECKS = _windows("agg_check_performance")
_ASSISTED = Window(
    "agg_assisted_work", "flow.month_start", MONTH_IS_OVER, days=MONTHS_DAYS
)
ASSISTED = {Period.MONTH: replace(_ASSISTED, where="flow.is_assisted")}
UNASSISTED = {Period.MONTH: replace(_ASSISTED, where="not flow.is_assisted")}
LONGER = {
    Period.MONTH: Window(
        "agg_monthly_flow", "flow.month_start", MONTH_IS_OVER, days=MONTHS_DAYS
    ),
    Period.ROLLING: Window(
        "agg_rolling_flow", "flow.date_day", "flow.date_day < today.date_day"
    ),
}

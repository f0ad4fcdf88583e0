"""The metrics, each with the columns that contain it.

The names in this table are the only ones that a query's text is made of.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from .models import MetricDefinition

if TYPE_CHECKING:
    from .common.definitions import Definitions
    from .marts import Marts


class MetricName(StrEnum):
    """The metrics' names, as in the parameter `metric`."""

    THROUGHPUT = "throughput"
    POINTS_DELIVERED = "points_delivered"
    LEAD_TIME = "lead_time"
    CYCLE_TIME = "cycle_time"
    WORK_IN_PROGRESS = "work_in_progress"
    REOPENED = "reopened"
    PULL_REQUESTS_OPENED = "pull_requests_opened"
    PULL_REQUESTS_MERGED = "pull_requests_merged"
    PULL_REQUESTS_OPEN = "pull_requests_open"
    PICKUP_TIME = "pickup_time"
    REVIEW_TIME = "review_time"
    MERGE_TIME = "merge_time"
    PULL_REQUEST_SIZE = "pull_request_size"
    REVIEWED_SHARE = "reviewed_share"


class Period(StrEnum):
    """The time that one point of a trend describes."""

    WEEK = "week"
    MONTH = "month"
    ROLLING = "rolling_90_days"


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

    word: str
    subjects: str
    id: str
    name: str
    weekly: str


TEAM = Scope("team", "dim_teams", "team_id", "team_key", "agg_team_weekly_flow")
REPOSITORY = Scope(
    "repository",
    "dim_repositories",
    "repository_id",
    "repository_name",
    "agg_repository_weekly_flow",
)


@dataclass(frozen=True)
class Metric:
    """One metric.

    Attributes:
        title: For people.
        scope: What it is about.
        unit: Of the value.
        weekly: Column of the weekly mart with the value.
        p85: Column with the 85th percentile, if the value is a median.
        n: Column with the number of rows that the value is based on.
        longer: Column with the value in the monthly and rolling marts; None if they
            do not contain it.
        term: What docs/metrics.md calls it; None if the column's own description is
            the definition.
    """

    title: str
    scope: Scope
    unit: str
    weekly: str
    p85: str | None = None
    n: str | None = None
    longer: str | None = None
    term: str | None = None

    @property
    def statistic(self) -> str:
        """What the value is: `median`, `share` or `count`."""
        if self.p85:
            return "median"
        return "share" if self.unit == "share" else "count"


def _percentiles(
    title: str, scope: Scope, unit: str, measure: str, term: str | None
) -> Metric:
    value = f"p50_{measure}"
    n = f"{measure.removesuffix('_hours')}_n"
    return Metric(title, scope, unit, value, f"p85_{measure}", n, value, term)


METRICS = {
    MetricName.THROUGHPUT: Metric(
        "Throughput", TEAM, "issues", "completed_count", longer="finished_count"
    ),
    MetricName.POINTS_DELIVERED: Metric(
        "Points delivered", TEAM, "points", "completed_points"
    ),
    MetricName.LEAD_TIME: _percentiles(
        "Lead time", TEAM, "hours", "lead_time_hours", "Lead time"
    ),
    MetricName.CYCLE_TIME: _percentiles(
        "Cycle time", TEAM, "hours", "cycle_time_hours", "Cycle time"
    ),
    MetricName.WORK_IN_PROGRESS: Metric(
        "Work in progress", TEAM, "issues", "work_in_progress"
    ),
    MetricName.REOPENED: Metric(
        "Reopened", TEAM, "issues", "reopened_count", term="Reopened"
    ),
    MetricName.PULL_REQUESTS_OPENED: Metric(
        "Pull requests opened", REPOSITORY, "pull requests", "opened_count"
    ),
    MetricName.PULL_REQUESTS_MERGED: Metric(
        "Pull requests merged",
        REPOSITORY,
        "pull requests",
        "merged_count",
        longer="finished_count",
    ),
    MetricName.PULL_REQUESTS_OPEN: Metric(
        "Pull requests open", REPOSITORY, "pull requests", "open_count"
    ),
    MetricName.PICKUP_TIME: _percentiles(
        "Pickup time",
        REPOSITORY,
        "hours",
        "pickup_time_hours",
        "Pickup",
    ),
    MetricName.REVIEW_TIME: _percentiles(
        "Review time",
        REPOSITORY,
        "hours",
        "review_time_hours",
        "Review time",
    ),
    MetricName.MERGE_TIME: _percentiles(
        "Open to merge",
        REPOSITORY,
        "hours",
        "open_to_merge_hours",
        "Open to merge",
    ),
    MetricName.PULL_REQUEST_SIZE: _percentiles(
        "Pull request size",
        REPOSITORY,
        "lines",
        "changed_lines",
        None,
    ),
    MetricName.REVIEWED_SHARE: Metric(
        "Reviewed before the merge",
        REPOSITORY,
        "share",
        "reviewed_share",
        n="merged_count",
        term="Merged without review",
    ),
}

LONGER_MARTS = {
    Period.MONTH: ("agg_monthly_flow", "month_start", 365),
    Period.ROLLING: ("agg_rolling_flow", "date_day", 182),
}
"""Mart, date column and days of the default range of the longer periods."""
WEEKS_DAYS = 182


def trend_mart(metric: Metric, period: Period) -> str:
    """Return the mart that contains a metric by a period."""
    return metric.scope.weekly if period is Period.WEEK else LONGER_MARTS[period][0]


def trend_words(metric: Metric, period: Period) -> dict[str, str]:
    """Return what queries/trend.sql has in braces.

    Args:
        metric: A metric of the table.
        period: A period for which the mart contains the metric.
    """
    scope = metric.scope
    n = f"flow.{metric.n}" if metric.n else "cast(null as int64)"
    p85 = f"flow.{metric.p85}" if metric.p85 else "cast(null as float64)"
    words = {"id": scope.id, "p85": p85, "n": n, "mart": trend_mart(metric, period)}
    if period is Period.WEEK:
        end = "date_add(flow.week_start, interval 7 day)"
        return words | {
            "date": "week_start",
            "name": scope.name,
            "value": metric.weekly,
            "days": str(WEEKS_DAYS),
            "complete": f"{end} <= today.date_day",
        }
    _, column, days = LONGER_MARTS[period]
    ends = {
        Period.MONTH: "date_add(flow.month_start, interval 1 month) <= today.date_day",
        Period.ROLLING: "flow.date_day < today.date_day",
    }
    return words | {
        "date": column,
        "name": "scope_name",
        "value": str(metric.longer),
        "days": str(days),
        "complete": ends[period],
    }


def periods(metric: Metric) -> list[Period]:
    """Return the periods by which a metric exists."""
    return list(Period) if metric.longer else [Period.WEEK]


def metric_definition(
    name: MetricName, definitions: Definitions, marts: Marts
) -> MetricDefinition:
    """Return a metric with its definition.

    Args:
        name: The metric.
        definitions: Of docs/metrics.md.
        marts: What the project says about its columns.

    Raises:
        KeyError: If the document or the mart does not contain it.
    """
    metric = METRICS[name]
    column = marts.columns(metric.scope.weekly)[metric.weekly].description
    text = definitions[metric.term].text if metric.term else None
    return MetricDefinition(
        name=name,
        title=metric.title,
        scope=metric.scope.word,
        unit=metric.unit,
        statistic=metric.statistic,
        periods=[str(period) for period in periods(metric)],
        definition=text or column,
        column=f"{metric.scope.weekly}.{metric.weekly}",
        column_description=column,
        source="docs/metrics.md" if text else f"{metric.scope.weekly}.yml",
    )

"""The metrics, each with the columns that contain it.

The names in this table are the only ones that a query's text is made of.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from .scopes import (
    ASSISTED,
    CHECKS,
    DELIVERY,
    LONGER,
    MONTH_IS_OVER,
    MONTHS_DAYS,
    REPOSITORY,
    TEAM,
    UNASSISTED,
    WEEK_IS_OVER,
    Period,
    Scope,
    Window,
)

if TYPE_CHECKING:
    from collections.abc import Mapping


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
    DEPLOYMENT_FREQUENCY = "deployment_frequency"
    LEAD_TIME_FOR_CHANGES = "lead_time_for_changes"
    CHANGE_FAILURE_RATE = "change_failure_rate"
    RECOVERY_TIME = "recovery_time"
    REWORK_RATE = "rework_rate"
    CHECK_TIME = "check_time"
    CHECK_FAILURE_RATE = "check_failure_rate"
    FLAKY_CHECK_RATE = "flaky_check_rate"
    INVESTMENT_NEW = "investment_new"
    INVESTMENT_IMPROVE = "investment_improve"
    INVESTMENT_FIX = "investment_fix"
    INVESTMENT_KEEP_RUNNING = "investment_keep_running"
    INVESTMENT_UNCATEGORIZED = "investment_uncategorized"
    ASSISTED_SHARE = "assisted_share"
    ASSISTED_MERGE_TIME = "assisted_merge_time"
    UNASSISTED_MERGE_TIME = "unassisted_merge_time"


@dataclass(frozen=True)
class Metric:
    """One metric.

    Attributes:
        title: For people.
        scopes: What it is about, the default first.
        unit: Of the value.
        column: Column with the value.
        p85: Column with the 85th percentile, if the value is a median.
        n: Column with the number of rows that the value is based on.
        longer: Column with the value in the monthly and rolling marts; None if they
            do not contain it.
        term: What docs/metrics.md calls it; None if the column's own description is
            the definition.
        own: The periods of a metric that is not in the weekly marts.
    """

    title: str
    scopes: tuple[Scope, ...]
    unit: str
    column: str
    p85: str | None = None
    n: str | None = None
    longer: str | None = None
    term: str | None = None
    own: Mapping[Period, Window] | None = None

    @property
    def statistic(self) -> str:
        """What the value is: `median`, `share`, `rate` or `count`."""
        if self.p85:
            return "median"
        if self.unit.endswith(" per day"):
            return "rate"
        return "share" if self.unit == "share" else "count"

    def windows(self, scope: Scope) -> Mapping[Period, Window]:
        """Return where the points of each period are.

        Args:
            scope: One of its scopes.
        """
        if self.own is not None:
            return self.own
        week = Window(scope.weekly, "flow.week_start", WEEK_IS_OVER, scope.name)
        return {Period.WEEK: week, **(LONGER if self.longer else {})}


def _percentiles(
    title: str, scope: Scope, unit: str, measure: str, term: str | None
) -> Metric:
    value = f"p50_{measure}"
    n = f"{measure.removesuffix('_hours')}_n"
    return Metric(title, (scope,), unit, value, f"p85_{measure}", n, value, term)


def _windowed(  # noqa: PLR0913, PLR0917 - one per attribute
    title: str,
    term: str,
    unit: str,
    column: str,
    n: str,
    own: Mapping[Period, Window] = DELIVERY,
) -> Metric:
    p85 = column.replace("p50", "p85") if column.startswith("p50") else None
    scopes = (REPOSITORY, TEAM)
    return Metric(title, scopes, unit, column, p85, n, term=term, own=own)


def _investment(category: str) -> Metric:
    # Work with and without a link are two rows of one category.
    rows = f"""(
        select
            team_id,
            team_key,
            month_start,
            sum(issue_share) as issue_share,
            max(issue_n) as issue_n
        from agg_investment
        where category = '{category}'
        group by team_id, team_key, month_start
    )"""  # noqa: S608 - a category of the table below
    window = Window(
        "agg_investment",
        "flow.month_start",
        MONTH_IS_OVER,
        "team_key",
        MONTHS_DAYS,
        rows=rows,
    )
    return Metric(
        f"Share of delivered issues: {category.replace('_', ' ')}",
        (TEAM,),
        "share",
        "issue_share",
        n="issue_n",
        term="Investment",
        own={Period.MONTH: window},
    )


def _merge_time(title: str, own: Mapping[Period, Window]) -> Metric:
    return Metric(
        title,
        (REPOSITORY, TEAM),
        "hours",
        "p50_open_to_merge_hours",
        "p85_open_to_merge_hours",
        "open_to_merge_n",
        term="Assisted",
        own=own,
    )


METRICS = {
    MetricName.THROUGHPUT: Metric(
        "Throughput", (TEAM,), "issues", "completed_count", longer="finished_count"
    ),
    MetricName.POINTS_DELIVERED: Metric(
        "Points delivered", (TEAM,), "points", "completed_points"
    ),
    MetricName.LEAD_TIME: _percentiles(
        "Lead time", TEAM, "hours", "lead_time_hours", "Lead time"
    ),
    MetricName.CYCLE_TIME: _percentiles(
        "Cycle time", TEAM, "hours", "cycle_time_hours", "Cycle time"
    ),
    MetricName.WORK_IN_PROGRESS: Metric(
        "Work in progress", (TEAM,), "issues", "work_in_progress"
    ),
    MetricName.REOPENED: Metric(
        "Reopened", (TEAM,), "issues", "reopened_count", term="Reopened"
    ),
    MetricName.PULL_REQUESTS_OPENED: Metric(
        "Pull requests opened", (REPOSITORY,), "pull requests", "opened_count"
    ),
    MetricName.PULL_REQUESTS_MERGED: Metric(
        "Pull requests merged",
        (REPOSITORY,),
        "pull requests",
        "merged_count",
        longer="finished_count",
    ),
    MetricName.PULL_REQUESTS_OPEN: Metric(
        "Pull requests open", (REPOSITORY,), "pull requests", "open_count"
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
        (REPOSITORY,),
        "share",
        "reviewed_share",
        n="merged_count",
        term="Merged without review",
    ),
    MetricName.DEPLOYMENT_FREQUENCY: _windowed(
        "Deployment frequency",
        "Deployment",
        "deployments per day",
        "deployments_per_day",
        "deployment_count",
    ),
    MetricName.LEAD_TIME_FOR_CHANGES: _windowed(
        "Lead time for changes",
        "Lead time for changes",
        "hours",
        "p50_lead_time_for_changes_hours",
        "lead_time_for_changes_n",
    ),
    MetricName.CHANGE_FAILURE_RATE: _windowed(
        "Change failure rate",
        "Failed",
        "share",
        "change_failure_rate",
        "deployment_count",
    ),
    MetricName.RECOVERY_TIME: _windowed(
        "Recovery time", "Recovered", "hours", "p50_recovery_hours", "recovery_n"
    ),
    MetricName.REWORK_RATE: _windowed(
        "Rework rate", "Rework", "share", "rework_rate", "merged_count"
    ),
    MetricName.CHECK_TIME: _windowed(
        "Time of the checks of pull requests",
        "Checks",
        "hours",
        "p50_check_hours",
        "check_n",
        CHECKS,
    ),
    MetricName.CHECK_FAILURE_RATE: _windowed(
        "Checks that failed at first",
        "Checks",
        "share",
        "first_failure_rate",
        "check_count",
        CHECKS,
    ),
    MetricName.FLAKY_CHECK_RATE: _windowed(
        "Flaky checks, a lower bound",
        "Checks",
        "share",
        "flaky_rate",
        "check_count",
        CHECKS,
    ),
    MetricName.INVESTMENT_NEW: _investment("new"),
    MetricName.INVESTMENT_IMPROVE: _investment("improve"),
    MetricName.INVESTMENT_FIX: _investment("fix"),
    MetricName.INVESTMENT_KEEP_RUNNING: _investment("keep_running"),
    MetricName.INVESTMENT_UNCATEGORIZED: _investment("uncategorized"),
    MetricName.ASSISTED_SHARE: Metric(
        "Merged with an agent's help, a lower bound",
        (REPOSITORY, TEAM),
        "share",
        "pull_request_share",
        n="merged_count",
        term="Assisted",
        own=ASSISTED,
    ),
    MetricName.ASSISTED_MERGE_TIME: _merge_time(
        "Open to merge with an agent's help", ASSISTED
    ),
    MetricName.UNASSISTED_MERGE_TIME: _merge_time(
        "Open to merge without visible help", UNASSISTED
    ),
}

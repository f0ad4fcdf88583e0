"""The marts that each answer reads: an ETag is made of the times of their builds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .metrics import METRICS, MetricName
from .trends import period_of, scope_of, trend_mart

if TYPE_CHECKING:
    from .scopes import Period, ScopeName

MARTS = {
    "repository": ("agg_repositories", "agg_repository_weekly_flow"),
    "contributor": (
        "agg_contributors",
        "agg_reviewer_weekly_load",
        "dim_dates",
        "fct_daily_commits",
    ),
    "waiting": ("fct_issues", "fct_pull_requests", "fct_review_requests"),
    "issue": (
        "bridge_issues_pull_requests",
        "fct_issue_state_spans",
        "fct_issue_to_merge",
        "fct_issues",
        "fct_pull_requests",
    ),
    "freshness": ("dim_dates", "fct_daily_commits", "fct_issues", "fct_pull_requests"),
}
"""The marts that each answer reads, except trends."""
DEPLOYMENT_MARTS = ("bridge_deployments_pull_requests", "fct_deployments")
"""The marts that the path of an issue reads too, if they exist."""
RUN_HISTORY = ("ops.runs",)
"""What the freshness is made of too, if the pipeline writes a run history."""
LOADS = ("ops.agg_source_freshness",)
"""A view of the run history: it changes when the run history does, so the ETag does not
contain the time of its own."""


def trend_marts(
    metric: MetricName, period: Period | None, scope: ScopeName | None
) -> tuple[str, ...]:
    """Return the marts that a trend reads.

    Args:
        metric: The metric.
        period: What one point describes; None for the metric's shortest period.
        scope: Teams or repositories; None for the metric's default.

    Raises:
        ParameterError: If the metric does not have this period or this scope.
    """
    found, about = METRICS[metric], scope_of(metric, scope)
    return trend_mart(found, period_of(metric, period), about), "dim_dates"

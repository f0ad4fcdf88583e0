"""The questions that the HTTP API and the MCP server answer, each from the marts."""

from __future__ import annotations

import re
from datetime import date
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from google.cloud.bigquery import ScalarQueryParameter

from . import cursors
from .errors import NotFoundError, ParameterError
from .inputs import DEPLOYMENT_MARTS, LOADS, MARTS, trend_marts
from .metrics import METRICS, MetricName
from .models import (
    Deployment,
    Freshness,
    FreshnessList,
    IssuePath,
    LinkedPullRequest,
    MetricList,
    Point,
    Span,
    Trend,
    WaitingItem,
    WaitingList,
)
from .scopes import Period, Scope, ScopeName
from .trends import metric_definition, period_of, scope_of, trend_words

if TYPE_CHECKING:
    from .builds import Builds
    from .common.definitions import Definitions
    from .common.warehouse import Warehouse
    from .marts import Marts

LIMIT, MAXIMUM_LIMIT = 500, 1000
WAITING = {
    "review_request": "Waiting",
    "stale_pull_request": "Stale",
    "stuck_issue": "Last activity of an issue",
}
"""The term in docs/metrics.md for each kind of waiting."""
REPOSITORY_TERMS = (
    "Pickup",
    "Review time",
    "Open to merge",
    "Merged without review",
    "Stale",
    "Bots",
    "Gini",
)
NUMERIC_ID = re.compile(r"[0-9]{1,18}")


@cache
def query_text(name: str) -> str:
    """Return the text of queries/NAME.sql."""
    file = resources.files(__package__) / "queries" / f"{name}.sql"
    return file.read_text("utf-8")


class Analytics:
    """Answers from the marts. Each method can raise WarehouseError."""

    def __init__(
        self,
        warehouse: Warehouse,
        builds: Builds,
        definitions: Definitions,
        marts: Marts,
    ) -> None:
        """Remember where to look.

        Args:
            warehouse: Contains the marts.
            builds: When they were built.
            definitions: Of the metrics.
            marts: What the project says about their columns.
        """
        self.warehouse = warehouse
        self.builds = builds
        self._definitions = definitions
        self.marts = marts

    def metrics(self) -> MetricList:
        """Return every metric with its definition."""
        return MetricList(
            metrics=[
                metric_definition(name, self._definitions, self.marts)
                for name in METRICS
            ]
        )

    def repository(self, identifier: str) -> dict[str, Any]:
        """Return one repository's totals and its last 12 weeks.

        Args:
            identifier: GitHub's numeric ID, or owner/name in any case.

        Returns:
            The columns of agg_repositories, and `weeks`: rows of
            agg_repository_weekly_flow, newest first.

        Raises:
            NotFoundError: If there is no such repository.
        """
        self.builds.of(MARTS["repository"])
        number = int(identifier) if NUMERIC_ID.fullmatch(identifier) else None
        rows = self._rows(
            "repository",
            {
                "repository_id": ("INT64", number),
                "repository_name": ("STRING", None if number else identifier),
            },
        )
        if not rows:
            message = (
                "there is no repository with this ID: use GitHub's numeric ID or"
                " owner/name"
            )
            raise NotFoundError(message)
        weeks = [row["flow"] for row in rows if row["flow"] is not None]
        return {
            **rows[0]["summary"],
            "weeks": [week for week in weeks if week["week_start"] is not None],
        }

    def repository_with_definitions(self, identifier: str) -> dict[str, Any]:
        """Return one repository with what its figures mean.

        Args:
            identifier: As for `repository`.

        Returns:
            As `repository`, with `definitions` by term and `columns` by name.

        Raises:
            NotFoundError: If there is no such repository.
        """
        found = self.repository(identifier)
        return {
            **found,
            "definitions": {
                term: self._definitions[term].text for term in REPOSITORY_TERMS
            },
            "columns": {
                name: column.description
                for mart in MARTS["repository"]
                for name, column in self.marts.columns(mart).items()
            },
        }

    def contributor(self, identifier: str) -> dict[str, Any]:
        """Return one person's totals and last 12 weeks, without a comparison.

        Args:
            identifier: A `user_id`, or a GitHub login in any case.

        Returns:
            The columns of agg_contributors, and `weeks`, newest first.

        Raises:
            NotFoundError: If there is no such person.
        """
        self.builds.of(MARTS["contributor"])
        rows = self._rows("contributor", {"id": ("STRING", identifier)})
        if not rows:
            message = (
                "there is no person with this ID: use a user_id of the marts or a"
                " GitHub login"
            )
            raise NotFoundError(message)
        person = rows[0]["person"]
        weeks = [
            {name: value for name, value in row.items() if name != "person"}
            for row in rows
        ]
        return {**person, "weeks": weeks}

    def trend(  # noqa: PLR0913 - one per parameter of the endpoint
        self,
        metric: MetricName,
        *,
        period: Period | None = None,
        scope: ScopeName | None = None,
        subject: str | None = None,
        since: date | None = None,
        until: date | None = None,
        limit: int = LIMIT,
        cursor: str | None = None,
    ) -> Trend:
        """Return a metric over time, oldest first.

        Args:
            metric: The metric.
            period: What one point describes; None for the metric's shortest period.
            scope: Teams or repositories; None for the metric's default.
            subject: A team's key or owner/name; None for all.
            since: First day; None for 26 weeks before the last day of the marts (365
                days for months).
            until: Last day; None for all.
            limit: Points per page.
            cursor: `next_cursor` of the page before.

        Raises:
            NotFoundError: If there is no such team or repository.
            ParameterError: If the parameters do not fit together.
        """
        marts = trend_marts(metric, period, scope)
        period = period_of(metric, period)
        about = scope_of(metric, scope)
        if since and until and since > until:
            message = "since is later than until: exchange them"
            raise ParameterError(message)
        query = {
            "metric": str(metric),
            "period": str(period),
            "scope": str(about.word),
            "subject": subject,
            "since": since,
            "until": until,
        }
        after_date, after_id = cursors.position(cursor, query, date.fromisoformat)
        self.builds.of(marts)
        words = trend_words(METRICS[metric], period, about)
        rows = self._rows(
            "trend",
            {
                "subject": ("STRING", subject),
                "since": ("DATE", since),
                "until": ("DATE", until),
                "after_date": ("DATE", after_date),
                "after_id": ("STRING", after_id),
                "limit": ("INT64", limit + 1),
            },
            words,
        )
        if not rows and subject is not None and cursor is None:
            self._require_subject(about, subject)
        points = [Point.model_validate(row) for row in rows[:limit]]
        return Trend(
            metric=metric_definition(metric, self._definitions, self.marts),
            period=str(period),
            scope=str(about.word),
            points=points,
            next_cursor=cursors.encode(
                [points[-1].point_date.isoformat(), points[-1].subject_id], query
            )
            if len(rows) > limit
            else None,
        )

    def waiting(
        self,
        *,
        subject: str | None = None,
        limit: int = LIMIT,
        cursor: str | None = None,
    ) -> WaitingList:
        """Return what is waiting now, on whom and since when; the oldest first.

        Args:
            subject: A team's key or owner/name; None for all.
            limit: Items per page.
            cursor: `next_cursor` of the page before.

        Raises:
            ParameterError: If the cursor is not one of this query's.
        """
        query = {"waiting": "now", "subject": subject}
        after_since, after_id = cursors.position(cursor, query, cursors.moment)
        self.builds.of(MARTS["waiting"])
        rows = self._rows(
            "waiting",
            {
                "subject": ("STRING", subject),
                "after_since": ("TIMESTAMP", after_since),
                "after_id": ("STRING", after_id),
                "limit": ("INT64", limit + 1),
            },
        )
        shown = rows[:limit]
        following = None
        if len(rows) > limit:
            last = shown[-1]
            following = cursors.encode(
                [last["since"].isoformat(), last["kind"] + last["item_id"]], query
            )
        return WaitingList(
            definitions={
                kind: self._definitions[term].text for kind, term in WAITING.items()
            },
            items=[WaitingItem.model_validate(row) for row in shown],
            next_cursor=following,
        )

    def issue_path(self, identifier: str) -> IssuePath:
        """Return the way of one issue: states, steps, pull requests, deployments.

        Args:
            identifier: Such as ENG-123 in any case, or Linear's ID.

        Raises:
            NotFoundError: If there is no such issue, or it is deleted.
        """
        self.builds.of(MARTS["issue"])
        rows = self._rows("issue", {"id": ("STRING", identifier)})
        if not rows:
            message = "there is no issue with this ID: use its key, such as ENG-123"
            raise NotFoundError(message)
        issue: dict[str, Any] = rows[0]
        which = {"issue_id": ("STRING", issue["issue_id"])}
        return IssuePath(
            **issue,
            spans=[
                Span.model_validate(row) for row in self._rows("issue_spans", which)
            ],
            pull_requests=[
                LinkedPullRequest.model_validate(row)
                for row in self._rows("issue_pull_requests", which)
            ],
            deployments=[
                Deployment.model_validate(row)
                for row in self._rows("issue_deployments", which)
            ]
            if self.builds.exist(DEPLOYMENT_MARTS)
            else None,
            definitions={
                term: self._definitions[term].text
                for term in ("Lead time", "A step that runs backwards", "Revert")
            },
        )

    def freshness(self) -> FreshnessList:
        """Return how new the data is, and when each source was last loaded."""
        self.builds.of(MARTS["freshness"])
        rows = self._rows("freshness", {})
        loaded_at = {}
        if self.builds.exist(LOADS):
            loads = self._rows("loads", {})
            loaded_at = {row["source"]: row["loaded_at"] for row in loads}
        return FreshnessList(
            as_of_date=rows[0]["as_of_date"],
            marts=[
                Freshness.model_validate(
                    {
                        **row,
                        "loaded_at": loaded_at.get(row["source"]),
                        "built_at": self.builds.of([row["mart"]])[0],
                    }
                )
                for row in rows
            ],
        )

    def _require_subject(self, scope: Scope, subject: str) -> None:
        words = {"mart": scope.subjects, "name": scope.name}
        rows = self._rows("subject", {"subject": ("STRING", subject)}, words)
        if not rows[0]["subject_count"]:
            is_team = scope.word is ScopeName.TEAM
            hint = "a key such as ENG" if is_team else "owner/name"
            message = f"there is no {scope.word} with this name: use {hint}"
            raise NotFoundError(message)

    def _rows(
        self,
        name: str,
        parameters: dict[str, tuple[str, Any]],
        words: dict[str, str] | None = None,
    ) -> list[dict[str, Any]]:
        """Run a query of queries/.

        Args:
            name: The file's name without `.sql`.
            parameters: Type and value of each `@name`.
            words: What replaces the words in braces; never from a request.

        Returns:
            A dictionary per row.
        """
        text = query_text(name)
        result = self.warehouse.query(
            text.format_map(words) if words else text,
            [
                ScalarQueryParameter(parameter, kind, value)
                for parameter, (kind, value) in parameters.items()
            ],
            {"query": name},
        )
        return [dict(zip(result.columns, row, strict=True)) for row in result.rows]

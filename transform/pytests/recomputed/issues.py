"""Issues and cycles from the raw tables, without SQL."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

from recomputed.pull_requests import Row, hours_between, newest

CLOSED = {"completed", "canceled", "duplicate"}
CATEGORIES = {"triage", "backlog", "unstarted", "started", *CLOSED}
ROLLED_OVER = timedelta(minutes=10)


@dataclass
class Span:
    """A time in which an issue was in one state."""

    category: str
    start: datetime
    end: datetime | None


@dataclass
class Linear:
    """The raw rows of Linear.

    Attributes:
        raw: rows by stream.
        now: the point in time that the marts describe.
        issues: by ID; deleted ones are left out.
        category: kind of each state, by the state's ID.
        spans: by issue, in order.
        stays: by issue: which cycle it was in, from when, until when.
    """

    raw: dict[str, list[Row]]
    now: datetime
    issues: dict[str, Row] = field(init=False)
    category: dict[str, str] = field(init=False)
    spans: dict[str, list[Span]] = field(init=False)
    stays: dict[str, list[tuple[str, datetime, datetime | None]]] = field(init=False)

    def __post_init__(self) -> None:
        """Index the rows."""
        self.issues = {
            row["id"]: row
            for row in newest(self.raw["issues"], "id")
            if not row["trashed"]
        }
        category = {row["id"]: row["type"] for row in self.raw["workflow_states"]}
        self.category = category
        self.spans = defaultdict(list)
        rows = newest(self.raw["issue_state_spans"], "id")
        for row in sorted(rows, key=lambda row: row["started_at"]):
            self.spans[row["issue_id"]].append(
                Span(category[row["state_id"]], row["started_at"], row["ended_at"])
            )
        changes = defaultdict(list)
        for row in newest(self.raw["issue_history"], "id"):
            if row["from_cycle_id"] != row["to_cycle_id"]:
                changes[row["issue_id"]].append(row)
        self.stays = {
            number: stays(issue, sorted(changes[number], key=lambda r: r["created_at"]))
            for number, issue in self.issues.items()
        }

    def delivered(self, issue: Row) -> bool:
        """Tell whether it is completed now."""
        return (
            self.category[issue["state_id"]] == "completed"
            and issue["completed_at"] is not None
        )

    def category_at(self, issue: str, at: datetime) -> str | None:
        """In which kind of state an issue was at a moment."""
        entered = [span.category for span in self.spans[issue] if span.start <= at]
        return entered[-1] if entered else None


def stays(
    issue: Row, changes: list[Row]
) -> list[tuple[str, datetime, datetime | None]]:
    """Follow an issue through its cycles."""
    cycle = changes[0]["from_cycle_id"] if changes else issue["cycle_id"]
    since, found = issue["created_at"], []
    for change in changes:
        if cycle:
            found.append((cycle, since, change["created_at"]))
        cycle, since = change["to_cycle_id"], change["created_at"]
    if cycle:
        found.append((cycle, since, None))
    return found


def issue_figures(linear: Linear, issue: Row) -> Row:
    """Recompute the row of fct_issues: the columns that METRICS defines."""
    spans = linear.spans[issue["id"]]
    delivered = linear.delivered(issue)
    done = issue["completed_at"] if delivered else None
    started = next((span.start for span in spans if span.category == "started"), None)
    hours: dict[str, float | None] = dict.fromkeys(CATEGORIES)
    for span in spans:
        if span.end:
            spent = hours_between(span.start, span.end) or 0
            hours[span.category] = (hours[span.category] or 0) + spent
    is_open = linear.category[issue["state_id"]] not in CLOSED
    in_triage = any(s.category == "triage" and s.end is None for s in spans)
    return {
        "issue_id": issue["id"],
        "is_delivered": delivered,
        "is_open": is_open,
        "started_at": started,
        "lead_time_hours": hours_between(issue["created_at"], done),
        "cycle_time_hours": hours_between(started, done),
        "triage_time_hours": None if in_triage else hours["triage"],
        "age_hours": hours_between(issue["created_at"], linear.now)
        if is_open
        else None,
        "hours_in_current_state": hours_between(spans[-1].start, linear.now)
        if is_open and spans
        else None,
        "reopen_count": sum(
            before.category in CLOSED and after.category not in CLOSED
            for before, after in pairwise(spans)
        ),
        "cycle_count": len({cycle for cycle, _, _ in linear.stays[issue["id"]]}),
        **{f"hours_in_{name}": spent for name, spent in hours.items()},
    }


def cycle_figures(linear: Linear, cycle: Row) -> Row:
    """Recompute the row of agg_cycle_outcomes."""
    start = cycle["starts_at"]
    close = cycle["completed_at"] or min(cycle["ends_at"], linear.now)
    of_it = [
        (issue, since, until)
        for issue, its_stays in linear.stays.items()
        for number, since, until in its_stays
        if number == cycle["id"]
    ]
    at_start = {
        issue
        for issue, since, until in of_it
        if since <= start + ROLLED_OVER and (until is None or until > start)
    }
    joined = {
        issue for issue, since, _ in of_it if start + ROLLED_OVER < since <= close
    }
    left = {issue for issue, _, until in of_it if until and start < until < close}
    at_close = {
        issue
        for issue, since, until in of_it
        if since <= close and (until is None or until >= close)
    }
    sets = {
        "at_start": at_start,
        "added": joined - at_start,
        "removed": left - at_close,
        "at_close": at_close,
        "completed": {
            issue
            for issue in at_close
            if linear.category_at(issue, close) == "completed"
        },
        "carried_over": {
            row["issue_id"]
            for row in linear.raw["cycle_uncompleted_issues"]
            if row["cycle_id"] == cycle["id"] and row["_sdc_deleted_at"] is None
        }
        & set(linear.issues),
    }
    figures: Row = {"cycle_id": cycle["id"]}
    for name, issues in sets.items():
        figures[f"issues_{name}"] = len(issues)
        figures[f"points_{name}"] = sum(
            linear.issues[issue]["estimate"] or 0 for issue in issues
        )
    for unit in ("issues", "points"):
        scope = figures[f"{unit}_at_close"]
        figures[f"{unit}_completion_rate"] = (
            figures[f"{unit}_completed"] / scope if scope else None
        )
    return figures

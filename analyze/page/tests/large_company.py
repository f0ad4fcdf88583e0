"""The rows of a large company: 40 teams, 300 people and three years."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from marts import ROOT

from throughline_page.common.warehouse import Result
from throughline_page.encode import EPOCH, encode_rows
from throughline_page.view import load_views

if TYPE_CHECKING:
    from collections.abc import Callable

TEAMS = 40
DAYS = 3 * 365
TODAY = date(2026, 6, 30)
# A third more per team than the sandbox's company has.
PULL_REQUESTS = 44_000
ISSUES = 48_000


def large_company() -> dict[str, Any]:
    """Return what `build.read` would return for a large company."""
    chance = random.Random(7)  # noqa: S311 - not for secrets
    teams = [f"T{number:02}" for number in range(TEAMS)]
    moment = datetime(2026, 6, 30, 12, tzinfo=UTC)
    values: dict[str, Callable[[], object]] = {
        "boolean": lambda: chance.random() < 0.3,
        "DATE": lambda: TODAY - timedelta(days=int(chance.random() * DAYS)),
        "TIMESTAMP": lambda: moment - timedelta(hours=chance.random() * 400),
        "FLOAT64": lambda: chance.expovariate(1 / 30),
        "INT64": lambda: chance.randrange(20),
    }

    def week_day() -> date:
        return TODAY - timedelta(weeks=chance.randrange(156))

    special: dict[str, Callable[[], object] | None] = {
        "team_key": lambda: chance.choice(teams),
        "repository_name": lambda: f"acme/repository-{chance.randrange(120)}",
        "reviewer_name": lambda: f"Person {chance.randrange(300)}",
        "reviewer_user_id": lambda: f"linear:{chance.randrange(300):032}",
        "size_bucket": lambda: chance.choice(["XS", "S", "M", "L", "XL"]),
        "state_category": lambda: chance.choice(["started", "unstarted", "backlog"]),
        "kind": lambda: chance.choice(["Issue", "Pull request"]),
        "waits_for": lambda: chance.choice(["Review", "Author", "Merge"]),
        "part_of": lambda: chance.choice(["deployment", "change"]),
        "help": lambda: chance.choice(["With an agent", "No visible help"]),
        "category": lambda: chance.choice(["new", "improve", "fix"]),
        "linked": lambda: chance.choice(["Linked", "Not linked"]),
        "check_name": lambda: f"Workflow {chance.randrange(25)}",
        "habit_name": lambda: f"Habit {chance.randrange(50)}",
        "pipeline_name": lambda: f"Pipeline {chance.randrange(5)}",
        "stage_name": lambda: f"Stage {chance.randrange(8)}",
        "url": lambda: f"https://example.org/{chance.randrange(10**6)}",
    }
    counts = {
        "agg_cycle_outcomes": TEAMS * 78,  # of two weeks
        "agg_reviewer_weekly_load": 300 * 100,  # people, weeks with a review
        "fct_issues": ISSUES,
        "fct_pull_requests": PULL_REQUESTS,
        "agg_investment": TEAMS * 36 * 10,  # months, categories and links
        "bridge_deployments_pull_requests": PULL_REQUESTS,
        "fct_pull_request_assistance": PULL_REQUESTS,
        # Half a year's, four of each pull request: the sandbox's have 3.6.
        "fct_pull_request_checks": PULL_REQUESTS // 6 * 4,
        "agg_habits_weekly": 50 * 156,  # habits, weeks
        "agg_pipeline_weekly": 5 * 8 * 156,  # pipelines, stages, weeks
        "fct_health_days": DAYS,
        "fct_nights": DAYS,
    }
    shown_views = []
    for view in load_views(ROOT / "analyze/page/src/throughline_page/views"):
        is_list = any(each.get("open") for each in view.tables)
        is_of_runs = min(view.marts).startswith("ops.")
        is_short = is_list or is_of_runs or "group by" in view.sql
        known = [counts[mart] for mart in sorted(view.marts) if mart in counts]
        count = 400 if is_short else (known or [20_000])[0]
        names = column_types(view.sql)
        # Cycles, reviewers and open work have one day per week.
        special["day"] = week_day if min(view.marts).startswith("agg_") else None
        makers = [special.get(name) or values.get(kind) for name, kind in names.items()]
        rows = [
            tuple(
                make() if make else f"Text {chance.randrange(10**6)}" for make in makers
            )
            for _ in range(count)
        ]
        result = Result(
            tuple(names), tuple(kind.upper() for kind in names.values()), rows
        )
        shown_views.append({"name": view.name, **view.content, **encode_rows(result)})
    monday = TODAY - timedelta(days=TODAY.weekday())
    starts = [monday - timedelta(weeks=week) for week in range(156)][::-1]
    return {
        "views": shown_views,
        "weeks": [[(start - EPOCH).days, (start - EPOCH).days + 6] for start in starts],
        "teams": {team: team for team in teams},
        "as_of": int(moment.timestamp()),
        "built_at": int(moment.timestamp()),
        "title": "Large",
        "stale_days": 14,
        "time_zone": "UTC",
    }


def column_types(sql: str) -> dict[str, str]:
    """Return the columns of a query's last select, with types by their names."""
    text = sql.rpartition("select")[2].partition("\nfrom")[0]
    found = {}
    depth = 0
    part = ""
    for letter in text + ",":
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if letter == "," and depth == 0:
            name = part.rsplit(maxsplit=1)[-1].rpartition(".")[2]
            found[name] = type_of(name)
            part = ""
        else:
            part += letter
    return found


def type_of(name: str) -> str:
    """Return the type that a column's name tells."""
    if name == "day":
        return "DATE"
    if name.startswith(("is_", "has_")):
        return "boolean"
    for ending, kind in (
        ("_hours", "FLOAT64"),
        ("_count", "INT64"),
        ("_lines", "INT64"),
        ("_points", "INT64"),
        ("_at", "TIMESTAMP"),
    ):
        if name.endswith(ending):
            return kind
    if name.startswith("issues_"):
        return "INT64"
    return "TIMESTAMP" if name == "since" else "STRING"

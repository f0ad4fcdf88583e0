"""Every row of a small company's marts equals the row that plain Python computes.

Our taps and our target load the company in two runs. The days are those of New
York, so a mart that uses days in UTC differs.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from browser import chromium, is_hours, shown
from recomputed import flow
from recomputed.company import load_company
from recomputed.issues import Linear, cycle_figures, issue_figures
from recomputed.links import links_of
from recomputed.pull_requests import GitHub, Row, pull_request_figures
from recomputed.review_requests import request_figures

from throughline_page.build import build as build_page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import MakeWarehouse, Warehouse

ZONE = "America/New_York"
MARTS = (
    "agg_cycle_outcomes",
    "agg_monthly_flow",
    "agg_repository_weekly_flow",
    "agg_reviewer_weekly_load",
    "agg_rolling_flow",
    "agg_team_weekly_flow",
    "bridge_issues_pull_requests",
    "dim_users",
    "fct_daily_commits",
    "fct_issue_state_spans",
    "fct_issue_to_merge",
    "fct_issues",
    "fct_pull_request_comments",
    "fct_pull_request_reviews",
    "fct_pull_requests",
    "fct_review_requests",
    "repository_summary",
)
# In the order of the page's columns.
PAGE_MEASURES = {
    "team": ("cycle_time", "lead_time"),
    "repository": ("pickup_time", "review_time", "open_to_merge"),
}
FIGURES = Path(__file__).resolve().parents[1] / "scripts" / "figures.py"
README = Path(__file__).resolve().parents[2] / "README.md"
QUESTIONS = dict(
    re.findall(r"^\*\*(.+)\*\*\n\n```sql\n(.+)\n```$", README.read_text(), re.MULTILINE)
)


@dataclass
class Company:
    """A company's marts, and its raw rows.

    Attributes:
        warehouse: the marts.
        linear: the raw rows of Linear.
        github: the raw rows of GitHub.
        commits: number of the default branch's commits, by repository.
        issues: recomputed rows of fct_issues, by ID.
        pull_requests: recomputed rows of fct_pull_requests, by ID.
    """

    warehouse: Warehouse
    linear: Linear
    github: GitHub
    commits: Counter[int]
    issues: dict[str, Row]
    pull_requests: dict[int, Row]

    def delivered(self) -> list[Row]:
        """Delivered issues, by team."""
        return [
            {
                **self.issues[number],
                "scope": issue["team_id"],
                "finished_at": issue["completed_at"],
            }
            for number, issue in self.linear.issues.items()
            if self.issues[number]["is_delivered"]
        ]

    def merged(self) -> list[Row]:
        """Merged pull requests of people, by repository."""
        return [
            {
                **self.pull_requests[number],
                "scope": row["repository_id"],
                "finished_at": row["merged_at"],
                "changed_lines": row["additions"] + row["deletions"],
            }
            for number, row in self.github.pull_requests.items()
            if row["merged_at"] and not self.pull_requests[number]["is_by_bot"]
        ]


@pytest.fixture(scope="module")
def company(
    make_warehouse: MakeWarehouse, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Company]:
    warehouse = make_warehouse()
    now, commits = load_company(warehouse, tmp_path_factory.mktemp("company"))
    warehouse.dbt(
        "build",
        *("--exclude-resource-type", "unit_test"),
        *("--exclude-resource-type", "test"),
        *("--select", *(f"+{mart}" for mart in MARTS)),
        as_of=str(now),
        reporting_time_zone=ZONE,
    )
    linear = Linear(warehouse.raw("linear"), now)
    github = GitHub(warehouse.raw("github"), now)
    yield Company(
        warehouse,
        linear,
        github,
        commits,
        {number: issue_figures(linear, row) for number, row in linear.issues.items()},
        {
            number: pull_request_figures(github, row)
            for number, row in github.pull_requests.items()
        },
    )
    warehouse.drop()
    warehouse.client.close()


def equal(one: object, other: object) -> bool:
    """Compare values; numbers need not agree in their last digits."""
    if isinstance(one, float) or isinstance(other, float):
        return one is not None and other is not None and one == pytest.approx(other)
    return one == other


def differences(expected: dict[Any, Row], found: dict[Any, Row]) -> list[str]:
    """Name every row that only one side has, and every value that differs."""
    lines = [f"{key}: only recomputed" for key in expected.keys() - found.keys()]
    lines += [f"{key}: only in the mart" for key in found.keys() - expected.keys()]
    lines += [
        f"{key}.{name}: {value} recomputed, {found[key][name]} in the mart"
        for key in expected.keys() & found.keys()
        for name, value in expected[key].items()
        if not equal(value, found[key][name])
    ]
    return lines


def by(rows: list[Row], key: str) -> dict[Any, Row]:
    return {row[key]: row for row in rows}


def flow_rows(company: Company, mart: str, period: str, where: str = "true") -> Any:  # noqa: ANN401 - rows by their keys
    return {
        (row.get("team_id") or row["repository_id"], row[period]): row
        for row in company.warehouse.rows(mart, where=where)
    }


def test_the_company_has_the_cases_that_are_easily_counted_wrong(
    company: Company,
) -> None:
    events = Counter(event["type"] for event in company.github.raw["pr_events"])
    figures = company.pull_requests.values()
    has = {
        "a request that was removed": events["ReviewRequestRemovedEvent"],
        "a reopened pull request": events["ReopenedEvent"],
        "a dismissed review": events["ReviewDismissedEvent"],
        "a pull request of a deleted account": sum(
            row["author_id"] is None for row in company.github.pull_requests.values()
        ),
        "a pull request of a bot": sum(row["is_by_bot"] for row in figures),
        "a second round": sum(row["review_rounds"] > 1 for row in figures),
        "a merge without a review": sum(
            row["is_merged_without_review"] for row in figures
        ),
        "a reopened issue": sum(row["reopen_count"] for row in company.issues.values()),
        "a merge commit": sum(
            len(row["parent_oids"]) > 1 for row in company.github.raw["commits"]
        ),
    }
    assert [name for name, count in has.items() if not count] == []


def test_pull_requests_are_as_recomputed(company: Company) -> None:
    found = by(company.warehouse.rows("fct_pull_requests"), "pull_request_id")
    assert differences(company.pull_requests, found) == []


def test_review_requests_are_as_recomputed(company: Company) -> None:
    expected = [
        row
        for pull_request in company.github.pull_requests.values()
        for row in request_figures(company.github, pull_request)
    ]
    found = by(company.warehouse.rows("fct_review_requests"), "review_request_id")
    assert differences(by(expected, "review_request_id"), found) == []


def test_issues_are_as_recomputed(company: Company) -> None:
    found = company.warehouse.rows("fct_issues", where="not is_deleted")
    assert differences(company.issues, by(found, "issue_id")) == []


def test_cycles_are_as_recomputed(company: Company) -> None:
    expected = [
        cycle_figures(company.linear, row)
        for row in company.linear.raw["cycles"]
        if row["starts_at"] <= company.linear.now
    ]
    found = company.warehouse.rows("agg_cycle_outcomes")
    assert differences(by(expected, "cycle_id"), by(found, "cycle_id")) == []


def test_links_between_issues_and_pull_requests_are_as_recomputed(
    company: Company,
) -> None:
    found = {
        (row["issue_id"], row["pull_request_id"]): row
        for row in company.warehouse.rows("bridge_issues_pull_requests")
    }
    assert differences(links_of(company.linear, company.github), found) == []


def test_rolling_flow_is_as_recomputed(company: Company) -> None:
    zone, now = ZoneInfo(ZONE), company.linear.now
    expected = flow.rolling(company.delivered(), flow.ISSUE_MEASURES, zone, now)
    expected |= flow.rolling(company.merged(), flow.PULL_REQUEST_MEASURES, zone, now)
    found = flow_rows(company, "agg_rolling_flow", "date_day")
    assert differences(expected, found) == []


def test_monthly_flow_is_as_recomputed(company: Company) -> None:
    zone = ZoneInfo(ZONE)
    expected = flow.per_period(
        company.delivered(), flow.ISSUE_MEASURES, zone, flow.month
    ) | flow.per_period(company.merged(), flow.PULL_REQUEST_MEASURES, zone, flow.month)
    found = flow_rows(company, "agg_monthly_flow", "month_start", "finished_count > 0")
    assert differences(expected, found) == []


@pytest.mark.parametrize(
    ("mart", "finished", "measures", "count"),
    [
        ("agg_team_weekly_flow", "delivered", flow.ISSUE_MEASURES, "completed_count"),
        (
            "agg_repository_weekly_flow",
            "merged",
            flow.PULL_REQUEST_MEASURES,
            "merged_count",
        ),
    ],
)
def test_weekly_flow_is_as_recomputed(
    company: Company, mart: str, finished: str, measures: tuple[str, ...], count: str
) -> None:
    rows = getattr(company, finished)()
    expected = flow.per_period(rows, measures, ZoneInfo(ZONE), flow.week)
    for row in expected.values():
        row[count] = row.pop("finished_count")
    found = flow_rows(company, mart, "week_start", f"{count} > 0")
    assert differences(expected, found) == []


def test_the_report_page_shows_the_numbers_of_the_marts(
    company: Company, tmp_path: Path
) -> None:
    warehouse = company.warehouse
    path = tmp_path / "page.html"
    root = README.parent
    build_page(
        {
            "PAGE_PROJECT": warehouse.local.project,
            "PAGE_API_ENDPOINT": warehouse.local.endpoint,
            "PAGE_ANALYTICS_DATASET": warehouse.datasets["analytics"],
            "PAGE_TRANSFORM_DIR": str(root / "transform"),
            "PAGE_DEFINITIONS": str(root / "docs" / "metrics.md"),
            "PAGE_TIME_ZONE": ZONE,
            "PAGE_OUTPUT": str(path),
        }
    )
    rolling = warehouse.rows("agg_rolling_flow")
    today = max(row["date_day"] for row in rolling)
    marts = {row["scope_name"]: row for row in rolling if row["date_day"] == today}
    with chromium() as browser, shown(browser, path) as report:
        report.wait()
        lines = report.tables("20_flow")[0] + report.tables("40_pull_requests")[0]
        assert len(lines) > 3
        for line in lines:
            name, count, *cells = line.values()
            mart = marts[name]
            assert int(count) == mart["finished_count"]
            measures = PAGE_MEASURES[mart["scope"]]
            for place, measure in enumerate(measures):
                p50, p85, n = cells[3 * place : 3 * place + 3]
                assert int(n) == mart[f"{measure}_n"]
                assert is_hours(p50, mart[f"p50_{measure}_hours"])
                assert is_hours(p85, mart[f"p85_{measure}_hours"])
        report.select("trend", "weekly")
        report.select("period", "all")
        (team, *_) = sorted(row["0 Team"] for row in report.tables("20_flow")[0])
        report.select("team", team)
        weeks = {
            f"{row['week_start']:%-d %b %Y}": row
            for row in warehouse.rows("agg_team_weekly_flow", where="cycle_time_n > 0")
            if row["team_key"] == team
        }
        found = [row for row in report.tables("20_flow")[2] if row["3 n"] != "0"]
        assert len(found) == len(weeks) > 3
        for week, p50, p85, n in (row.values() for row in found):
            mart = weeks[week.replace("Sept", "Sep")]
            assert int(n) == mart["cycle_time_n"]
            assert is_hours(p50, mart["p50_cycle_time_hours"])
            assert is_hours(p85, mart["p85_cycle_time_hours"])


def test_daily_commits_are_as_recomputed(company: Company) -> None:
    expected: dict[Any, Counter[str]] = defaultdict(Counter)
    for row in company.github.raw["commits"]:
        day = row["committed_at"].astimezone(ZoneInfo(ZONE)).date()
        # The commits that a merge commit merges already contain its lines.
        lines = (0, 0) if len(row["parent_oids"]) > 1 else (
            row["additions"], row["deletions"]
        )  # fmt: skip
        expected[row["repository_id"], day].update(
            commit_count=1, additions=lines[0], deletions=lines[1]
        )
    found: dict[Any, Counter[str]] = defaultdict(Counter)
    for row in company.warehouse.rows("fct_daily_commits"):
        found[row["repository_id"], row["commit_date"]].update(
            {name: row[name] for name in ("commit_count", "additions", "deletions")}
        )
    assert differences(dict(expected), dict(found)) == []


def test_two_weeks_later_every_commit_of_the_default_branches_is_there(
    company: Company,
) -> None:
    loaded = Counter(row["repository_id"] for row in company.github.raw["commits"])
    assert loaded == +company.commits
    counted: Counter[int] = Counter()
    for row in company.warehouse.rows("fct_daily_commits"):
        counted[row["repository_id"]] += row["commit_count"]
    assert counted == loaded


def ask(company: Company, question: str) -> list[Row]:
    """Run a query of the README on the company's marts."""
    dataset = company.warehouse.datasets["analytics"]
    sql = QUESTIONS[question].replace(" analytics.", f" {dataset}.")
    return [dict(row) for row in company.warehouse.client.query(sql).result()]


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_of_the_readme_has_an_answer_without_gaps(
    company: Company, question: str
) -> None:
    rows = ask(company, question)
    assert rows
    assert [row for row in rows if None in row.values()] == []


def test_the_percentiles_of_the_readme_are_exact_and_count_no_bot(
    company: Company,
) -> None:
    (question,) = (name for name in QUESTIONS if "pull requests wait" in name)
    expected: dict[str, list[float]] = defaultdict(list)
    for row in company.merged():
        name = company.github.pull_requests[row["pull_request_id"]]["repository_name"]
        expected[name].append(row["open_to_merge_hours"])
    assert {
        row["repository_name"]: (row["merged"], row["median_merge_hours"])
        for row in ask(company, question)
    } == {
        name: (len(hours), pytest.approx(flow.percentile(hours, 0.5), abs=0.051))
        for name, hours in expected.items()
    }


def test_the_sizes_of_the_readme_count_every_merge_of_a_person_once(
    company: Company,
) -> None:
    (question,) = (name for name in QUESTIONS if "small pull requests" in name)
    merged = company.merged()
    unreviewed = [row for row in merged if row["is_merged_without_review"]]
    answers = ask(company, question)
    assert sum(row["merged"] for row in answers) == len(merged)
    # The answer is a rounded share of each size.
    shares = sum(row["merged"] * row["percent_unreviewed"] / 100 for row in answers)
    assert shares == pytest.approx(len(unreviewed), abs=0.005 * len(merged))


def test_the_company_s_figures_in_the_decision_log_are_those_of_the_marts(
    company: Company,
) -> None:
    local, datasets = company.warehouse.local, company.warehouse.datasets
    compared = subprocess.run(
        [
            sys.executable,
            *(str(FIGURES), "--compare", "company"),
            *("--project", local.project, "--api-endpoint", local.endpoint),
            *("--datasets", ",".join(datasets.values())),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert compared.returncode == 0, compared.stderr

"""The page's numbers are those of the marts."""

from __future__ import annotations

import math
from datetime import timedelta
from statistics import quantiles
from typing import TYPE_CHECKING

import pytest
from browser import Shown, hours_of, is_hours, shown
from marts import NOW, TODAY, Row, small_company

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

COMPANY = small_company("ENG", "OPS")
FIRST_DAY = TODAY - timedelta(days=89)


@pytest.fixture(scope="module")
def report(browser: Browser, small_page: Path) -> Iterator[Shown]:
    with shown(browser, small_page) as opened:
        opened.wait()
        yield opened


def expected(values: list[float]) -> tuple[float, float, int]:
    """Calculate the median, the 85th percentile and n as percentile_cont does."""
    cut = quantiles(values, n=100, method="inclusive")
    return cut[49], cut[84], len(values)


def assert_equal(cells: list[str], values: list[float]) -> None:
    *percentiles, n = expected(values)
    assert int(cells[2]) == n
    for cell, value in zip(cells, percentiles, strict=False):
        assert is_hours(cell, value)


def in_window(rows: list[Row], column: str) -> list[Row]:
    return [row for row in rows if row.get(column) and row[column].date() >= FIRST_DAY]


def test_flow_per_team(report: Shown) -> None:
    for line in report.tables("20_flow")[0]:
        issues = [
            row
            for row in in_window(COMPANY["fct_issues"], "completed_at")
            if row["team_key"] == line["0 Team"]
        ]
        assert int(line["1 Delivered"]) == len(issues)
        cells = list(line.values())
        assert_equal(cells[2:5], [row["cycle_time_hours"] for row in issues])
        assert_equal(cells[5:8], [row["lead_time_hours"] for row in issues])


def test_pull_requests_per_repository_without_bots(report: Shown) -> None:
    tables = report.tables("40_pull_requests")
    for line in tables[0]:
        merged = [
            row
            for row in in_window(COMPANY["fct_pull_requests"], "merged_at")
            if row["repository_name"] == line["0 Repository"] and not row["is_by_bot"]
        ]
        cells = list(line.values())
        assert int(cells[1]) == len(merged)
        for place, column in ((2, "pickup"), (5, "review")):
            values = [row[f"{column}_time_hours"] for row in merged]
            known = [value for value in values if value is not None]
            assert_equal(cells[place : place + 3], known)
        assert_equal(cells[8:11], [row["open_to_merge_hours"] for row in merged])


def test_checks_of_people_that_were_not_skipped(report: Shown) -> None:
    people = {
        row["pull_request_id"]: row["repository_name"]
        for row in COMPANY["fct_pull_requests"]
        if not row["is_by_bot"]
    }
    for line in report.tables("41_checks")[1]:
        checks = [
            row
            for row in in_window(COMPANY["fct_pull_request_checks"], "created_at")
            if people.get(row["pull_request_id"]) == line["0 Repository"]
            and row["run_count"]
            and row["last_conclusion"] != "skipped"
        ]
        cells = list(line.values())
        assert int(cells[1]) == len(checks) > 10
        assert_equal(cells[2:5], [row["check_hours"] for row in checks])
        failed = [row["first_conclusion"] == "failure" for row in checks]
        flaky = [row["is_flaky"] for row in checks]
        for place, values in ((5, failed), (7, flaky)):
            share = round(100 * sum(values) / len(values))
            assert cells[place : place + 2] == [f"{share} %", str(len(values))]
    captions = report.view("41_checks").locator("figcaption")
    assert str(captions.first.text_content()) == "Time per check, in minutes"


def test_customers_wait_for_what_is_not_delivered(report: Shown) -> None:
    waiting = [row for row in COMPANY["fct_customer_requests"] if row["is_waiting"]]
    rows = report.tables("15_customers")[0]
    assert len(rows) == len(waiting)
    assert rows[0]["7 Important"] == "yes"
    assert report.answer("15_customers").startswith(
        f"3 customers wait for {len(waiting)} requests; half of the requests are older"
    )


def test_issues_per_week_add_up_to_all(report: Shown) -> None:
    weeks = report.tables("20_flow")[1]
    issues = in_window(COMPANY["fct_issues"], "completed_at")
    assert sum(int(row["1 Delivered"]) for row in weeks) == len(issues)


def test_a_step_that_waits_is_as_old_as_its_mart_says(report: Shown) -> None:
    ages = {
        f"{NOW - timedelta(hours=row['waiting_hours']):%-d %b %Y}": row["waiting_hours"]
        for row in COMPANY["fct_review_requests"]
    }
    rows = [row for row in report.tables("10_waiting")[0] if row["2 For"] == "Review"]
    assert len(rows) == len(COMPANY["fct_review_requests"])
    for row in rows:
        day = row["5 Since"].replace("Sept", "Sep")
        assert math.isclose(hours_of(row["0 Waiting"]), ages[day], abs_tol=0.6)


def test_a_stale_pull_request_comes_after_those_with_activity(report: Shown) -> None:
    stale = [row["6 Stale"] for row in report.tables("10_waiting")[0]]
    assert stale == sorted(stale)
    assert set(stale) == {"", "yes"}


def test_cycles(report: Shown) -> None:
    for row in report.tables("60_cycles")[0]:
        scale = {"ENG": 1, "OPS": 2}[row["1 Team"]]
        assert list(row.values())[3:] == [
            str(value)
            for value in (10 * scale, 2, 1, 10 * scale + 1, 6 * scale, 4 * scale + 1)
        ]


def test_half_of_the_reviews(report: Shown) -> None:
    # 1 + 8 + 27 per week, once and twice: 54 of 108 are one person's.
    assert report.answer("50_review_load").startswith("1 person did half of the ")
    points = report.tables("50_review_load")[1]
    assert [row["1 Percent of reviews"] for row in points] == [
        "0", "50", "75", "89.8", "97.2", "99.1", "100",
    ]  # fmt: skip


def test_open_work_is_counted_today_and_not_in_sum(report: Shown) -> None:
    assert report.answer("75_open").startswith(
        "12 issues are open, 6 of them in progress"
    )


def test_a_day_belongs_to_the_time_zone_of_the_report(
    browser: Browser, environment: dict[str, str], small_page: Path, tmp_path: Path
) -> None:
    del small_page  # its marts are read again
    from throughline_page.build import build  # noqa: PLC0415 - next to its only use

    path = tmp_path / "page.html"
    build(
        environment
        | {
            "PAGE_ANALYTICS_DATASET": "small",
            "PAGE_OUTPUT": str(path),
            "PAGE_TIME_ZONE": "Asia/Tokyo",
        }
    )
    with shown(browser, path) as opened:
        opened.wait()
        # 18:00 UTC is the next day in Tokyo.
        assert opened.page.locator("[name=to]").input_value() == "2026-07-01"
        assert "1 Jul 2026, 03:00 (Asia/Tokyo)" in str(
            opened.page.locator("#built").text_content()
        )

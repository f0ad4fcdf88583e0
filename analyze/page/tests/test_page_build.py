"""The build: settings, limits, and a file that is whole or not there."""

from __future__ import annotations

import os
import random
import stat
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from browser import shown
from marts import ROOT

from throughline_page.build import build
from throughline_page.common.definitions import read_definitions
from throughline_page.common.settings import SettingsError
from throughline_page.common.warehouse import Result, WarehouseError
from throughline_page.encode import EPOCH, encode_rows
from throughline_page.render import render, runtime
from throughline_page.view import load_views

if TYPE_CHECKING:
    from playwright.sync_api import Browser

TEAMS = 40
DAYS = 3 * 365
TODAY = date(2026, 6, 30)
# A third more per team than the sandbox's company has.
PULL_REQUESTS = 44_000
ISSUES = 48_000


def test_a_small_page_is_smaller_than_its_limit(small_page: Path) -> None:
    assert small_page.stat().st_size < 1_500_000


def test_only_its_user_can_read_the_page(small_page: Path) -> None:
    assert stat.S_IMODE(small_page.stat().st_mode) == 0o600


def test_the_page_carries_the_license_of_what_it_contains(small_page: Path) -> None:
    text = small_page.read_text("utf-8")
    assert "Copyright (c) 2015-2025, University of Washington" in text
    assert "Redistributions in binary form must reproduce" in text


def test_the_same_marts_make_the_same_page(
    environment: dict[str, str], small_page: Path, tmp_path: Path
) -> None:
    again = tmp_path / "again.html"
    settings = {
        "PAGE_ANALYTICS_DATASET": "small",
        "PAGE_TITLE": "<i>Acme</i> שלום",
        "PAGE_OUTPUT": str(again),
    }
    build(environment | settings)
    assert again.read_bytes() == small_page.read_bytes()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"PAGE_PROJECT": " "}, "set BIGQUERY_PROJECT to a Google Cloud project"),
        ({"PAGE_ANALYTICS_DATASET": "_x"}, "PAGE_ANALYTICS_DATASET makes the dataset"),
        ({"PAGE_API_ENDPOINT": "here"}, "PAGE_API_ENDPOINT is not an address such as"),
        (
            {"PAGE_TIME_ZONE": "Mars/Olympus"},
            "PAGE_TIME_ZONE is 'Mars/Olympus': set it",
        ),
        (
            {"PAGE_MAXIMUM_BYTES_BILLED": "0"},
            "PAGE_MAXIMUM_BYTES_BILLED is '0': set it",
        ),
        (
            {"PAGE_TRANSFORM_DIR": "/nowhere"},
            "PAGE_TRANSFORM_DIR: /nowhere/dbt_project",
        ),
        ({"PAGE_DEFINITIONS": "/nowhere"}, "PAGE_DEFINITIONS: /nowhere cannot be read"),
        ({"PAGE_OUTPUT": "/dev/null/x"}, "PAGE_OUTPUT: /dev/null/x cannot be written"),
        (
            {"PAGE_API_ENDPOINT": "", "PAGE_CREDENTIALS_JSON": "secret"},
            "PAGE_CREDENTIALS_JSON is neither JSON nor base64 of JSON",
        ),
    ],
)
def test_a_wrong_setting_is_one_line_with_the_name_that_the_user_wrote(
    environment: dict[str, str], change: dict[str, str], message: str
) -> None:
    settings = environment | {"PAGE_ANALYTICS_DATASET": "nothing"} | change
    with pytest.raises(SettingsError) as error:
        build(settings)
    assert str(error.value).startswith(message)
    assert "\n" not in str(error.value)
    assert "secret" not in str(error.value)


def test_a_page_that_cannot_be_replaced_stays_as_it_was(
    environment: dict[str, str], tmp_path: Path
) -> None:
    path = tmp_path / "page.html"
    path.mkdir()
    settings = {"PAGE_ANALYTICS_DATASET": "nothing", "PAGE_OUTPUT": str(path)}
    with pytest.raises(
        SettingsError, match=r"PAGE_OUTPUT: .*page\.html cannot be written"
    ):
        build(environment | settings)
    assert list(tmp_path.iterdir()) == [path]


def test_an_address_where_nothing_answers_is_one_line(
    environment: dict[str, str], tmp_path: Path
) -> None:
    settings = {
        "PAGE_API_ENDPOINT": "http://127.0.0.1:9",
        "PAGE_ANALYTICS_DATASET": "nothing",
        "PAGE_OUTPUT": str(tmp_path / "page.html"),
    }
    with pytest.raises(
        WarehouseError, match="nothing answers at PAGE_API_ENDPOINT: for"
    ):
        build(environment | settings)
    assert list(tmp_path.iterdir()) == []


def test_the_command_ends_with_one_line_and_exit_code_1() -> None:
    ended = subprocess.run(
        [Path(sys.executable).with_name("throughline-page"), "build"],
        env={"PATH": os.environ["PATH"], "PAGE_VARIABLES": "project=BIGQUERY_PROJECT"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert ended.stderr == (
        "Error: page: set BIGQUERY_PROJECT to a Google Cloud project\n"
    )


def test_a_company_without_marts_has_a_page_that_says_what_to_do(
    environment: dict[str, str], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    path = tmp_path / "page.html"
    settings = {"PAGE_ANALYTICS_DATASET": "never_made", "PAGE_OUTPUT": str(path)}
    build(environment | settings)
    assert "There is no data yet" in path.read_text("utf-8")
    assert "20_flow is hidden: no table fct_issues" in caplog.text


def test_forty_teams_and_three_years_are_drawn_and_below_3_mb(
    browser: Browser, tmp_path: Path
) -> None:
    data = large_company()
    definitions = read_definitions(ROOT / "docs" / "metrics.md", "PAGE_DEFINITIONS")
    page = render(data, definitions, runtime())
    path = tmp_path / "page.html"
    path.write_text(page, "utf-8")
    assert path.stat().st_size < 3_000_000
    with shown(browser, path) as opened:
        opened.wait()
        assert len(opened.tables("20_flow")[0]) == TEAMS
        texts = opened.view("40_pull_requests").locator("figure").nth(2)
        assert "The 30 largest of 120; the table has all." in str(texts.text_content())
        assert len(opened.tables("40_pull_requests")[0]) == 120
        opened.select("period", "all")
        opened.select("team", "T07")
        assert len(opened.tables("20_flow")[0]) == 1
        assert opened.errors == []


def large_company() -> dict[str, Any]:
    """Return what `build.read` would return for a large company."""
    chance = random.Random(7)  # noqa: S311 - not for secrets
    teams = [f"T{number:02}" for number in range(TEAMS)]
    moment = datetime(2026, 6, 30, 12, tzinfo=UTC)
    values = {
        "boolean": lambda: chance.random() < 0.3,
        "DATE": lambda: TODAY - timedelta(days=int(chance.random() * DAYS)),
        "TIMESTAMP": lambda: moment - timedelta(hours=chance.random() * 400),
        "FLOAT64": lambda: chance.expovariate(1 / 30),
        "INT64": lambda: chance.randrange(20),
    }
    special = {
        "team_key": lambda: chance.choice(teams),
        "repository_name": lambda: f"acme/repository-{chance.randrange(120)}",
        "reviewer_name": lambda: f"Person {chance.randrange(300)}",
        "reviewer_user_id": lambda: f"linear:{chance.randrange(300):032}",
        "size_bucket": lambda: chance.choice(["XS", "S", "M", "L", "XL"]),
        "state_category": lambda: chance.choice(["started", "unstarted", "backlog"]),
        "kind": lambda: chance.choice(["Issue", "Pull request"]),
        "waits_for": lambda: chance.choice(["Review", "Author", "Merge"]),
        "url": lambda: f"https://example.org/{chance.randrange(10**6)}",
    }
    counts = {
        "agg_cycle_outcomes": TEAMS * 78,  # of two weeks
        "agg_reviewer_weekly_load": 300 * 100,  # people, weeks with a review
        "fct_issues": ISSUES,
        "fct_pull_requests": PULL_REQUESTS,
    }
    shown_views = []
    for view in load_views(ROOT / "analyze/page/src/throughline_page/views"):
        is_list = any(each.get("open") for each in view.tables)
        is_short = is_list or "group by" in view.sql
        count = 400 if is_short else counts.get(min(view.marts), 20_000)
        names = column_types(view.sql)
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
        ("_at", "TIMESTAMP"),
    ):
        if name.endswith(ending):
            return kind
    if name.startswith("issues_"):
        return "INT64"
    return "TIMESTAMP" if name == "since" else "STRING"

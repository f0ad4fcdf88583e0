"""What a reader sees: every claim of the page, in a browser.

test_page_devices.py has other time zones, colors, screens, the keyboard and print.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest
from browser import Shown, shown
from large_company import TEAMS, large_company
from marts import EMOJI, FIRST, HEBREW, HOSTILE, ROOT

from throughline_page.common.definitions import read_definitions
from throughline_page.common.warehouse import Result
from throughline_page.encode import compress, encode_rows
from throughline_page.render import render, runtime

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

VIEWS = [
    "10_waiting",
    "15_customers",
    "20_flow",
    "30_steps",
    "40_pull_requests",
    "41_checks",
    "50_review_load",
    "60_cycles",
    "70_progress",
    "75_open",
    "80_size",
    "90_stuck",
]
CARDS = ["01_linear", "02_github", "03_completeness", "04_loads", "05_build"]


@pytest.fixture(scope="module")
def report(browser: Browser, small_page: Path) -> Iterator[Shown]:
    with shown(browser, small_page) as opened:
        opened.wait()
        yield opened


@pytest.fixture(autouse=True)
def default_selection(request: pytest.FixtureRequest) -> None:
    if "report" in request.fixturenames:
        opened = request.getfixturevalue("report")
        for name, value in (("team", ""), ("trend", "rolling"), ("period", "90")):
            # Each selection draws the whole page.
            if opened.page.locator(f"#controls [name={name}]").input_value() != value:
                opened.select(name, value)


def test_the_page_requests_only_its_own_file_and_logs_no_error(report: Shown) -> None:
    assert {address.partition(":")[0] for address in report.requests} == {"file"}
    assert len(report.requests) == 1
    assert report.errors == []
    assert report.names() == [*CARDS, *VIEWS]


def test_every_view_has_a_question_an_answer_its_numbers_and_a_definition(
    report: Shown,
) -> None:
    for name in VIEWS:
        view = report.view(name)
        assert str(view.locator("h2").text_content()).endswith("?")
        assert report.answer(name).endswith(".")
        assert "{" not in report.answer(name)
        assert "\N{EN DASH}" not in report.answer(name)
        assert view.locator("table").count() >= 1
        links = view.locator(".definitions a")
        for link in links.all():
            target = str(link.get_attribute("href"))
            assert report.page.locator(target).count() == 1
        assert links.count() >= (0 if name == "75_open" else 1)


def test_every_percentile_has_its_n(report: Shown) -> None:
    for name in VIEWS:
        for figure in report.view(name).locator("figure").all():
            texts = figure.locator("svg text").all_text_contents()
            note = str(figure.locator(".note").text_content())
            if "85th percentile" in texts:
                assert any("n = " in text for text in [*texts, note]), (name, texts)
        for rows in report.tables(name):
            headings = [each.partition(" ")[2] for each in rows[0]]
            percentiles = headings.count("85th percentile")
            assert headings.count("n") >= percentiles


def test_titles_with_scripts_are_texts_and_run_nothing(report: Shown) -> None:
    page = report.page
    assert page.evaluate("window.hacked") is None
    for name in ("10_waiting", "15_customers", "41_checks", "70_progress", "90_stuck"):
        cells = report.view(name).locator("td bdi").all_text_contents()
        assert HOSTILE in cells or name == "90_stuck"
    assert page.locator("#views img, #views script").count() == 0
    assert page.locator("h1").text_content() == "<i>Acme</i> שלום"
    assert page.locator("option", has_text="<b>team</b>").count() == 2


def test_names_and_addresses_of_the_optional_sources_are_texts_and_run_nothing(
    browser: Browser, optional_page: Path
) -> None:
    with shown(browser, optional_page) as report:
        report.wait()
        page = report.page
        for name in ("91_habits", "92_streaks", "95_pipeline", "96_contacts"):
            view = report.view(name)
            view.locator("details").evaluate_all(
                "all => all.forEach(e => e.open = true)"
            )
            texts = view.locator("bdi, svg text").all_text_contents()
            assert any("onerror" in text for text in texts), name
        links = report.view("96_contacts").locator("td a").all()
        assert [link.get_attribute("href") for link in links] == [
            "https://example.org/1"
        ]
        assert page.locator("#views img, #views script").count() == 0
        assert page.evaluate("window.hacked") is None
        report.select("team", "ENG")
        assert report.answer("96_contacts") == (
            "This belongs to no team: select all teams to see it."
        )


def test_only_an_https_address_becomes_a_link(report: Shown) -> None:
    addresses = {
        str(link.get_attribute("href"))
        for link in report.page.locator("#views td a").all()
    }
    assert addresses == {"https://example.org/1"}


def test_a_script_that_is_injected_does_not_run(report: Shown) -> None:
    report.page.evaluate(
        """() => {
          const script = document.createElement("script");
          script.textContent = "window.hacked = 1";
          document.body.append(script);
          const link = document.createElement("a");
          link.href = "javascript:window.hacked = 1";
          document.body.append(link);
          link.click();
          link.remove();
        }"""
    )
    assert report.page.evaluate("window.hacked") is None
    assert any("Content Security Policy" in text for text in report.errors)
    report.errors.clear()


def test_the_answers_in_short_are_those_of_the_views(report: Shown) -> None:
    for team in ("", "OPS"):
        report.select("team", team)
        links = report.page.locator("#menu a")
        shown_answers = {
            str(link.get_attribute("href")).removeprefix("#"): str(
                link.locator("span").text_content()
            )
            for link in links.all()
        }
        assert list(shown_answers) == VIEWS
        for name, answer in shown_answers.items():
            assert report.answer(name).startswith(answer)
            assert len(answer) > 10


def test_a_value_in_a_sentence_is_never_read_as_a_template(report: Shown) -> None:
    sentence = report.page.evaluate(
        """() => fill("[[{name}]] has {n:issue/issues}[[ and {none}]]",
          {name: "{n} [[x]]", n: 1, none: null}, null, {})"""
    )
    assert sentence == "{n} [[x]] has 1 issue"
    assert report.page.evaluate("formatHours(1 / 60, true)") == "1 minute"


def test_an_address_of_a_view_opens_the_page_at_the_view(
    browser: Browser, small_page: Path
) -> None:
    with shown(browser, small_page, fragment="#90_stuck") as opened:
        opened.wait()
        box = opened.view("90_stuck").bounding_box()
        assert box
        assert 0 <= box["y"] < 900
    with shown(browser, small_page, fragment="#%") as opened:
        opened.wait()
        assert opened.errors == []


def test_a_browser_that_is_too_old_gets_a_sentence_instead_of_an_empty_page(
    browser: Browser, small_page: Path
) -> None:
    old = "delete window.DecompressionStream"
    with shown(browser, small_page, before=old) as opened:
        built = opened.page.locator("#built")
        built.filter(has_text="This page cannot be drawn").wait_for()
        assert "current version of Chrome" in str(built.text_content())


def test_a_title_keeps_its_own_direction(report: Shown) -> None:
    cells = report.view("10_waiting").locator("bdi")
    directions = {
        str(cell.text_content()): cell.evaluate("(e) => getComputedStyle(e).direction")
        for cell in cells.all()
    }
    assert directions[HEBREW] == "rtl"
    assert directions[EMOJI] == "ltr"
    assert "(no title)" in directions


@pytest.mark.parametrize("team", ["ENG", "OPS"])
def test_the_team_filter_applies_to_every_view(report: Shown, team: str) -> None:
    whole = {
        name: (report.answer(name), report.tables(name)) for name in [*CARDS, *VIEWS]
    }
    report.select("team", team)
    for name in VIEWS:
        answer, tables = whole[name]
        assert (report.answer(name), report.tables(name)) != (answer, tables), name
        teams = {
            row[column]
            for rows in report.tables(name)
            for row in rows
            for column in row
            if column.endswith(" Team")
        }
        assert teams <= {team}
        other = {"ENG": "OPS", "OPS": "ENG"}[team]
        texts = report.view(name).locator("td, svg text").all_text_contents()
        assert not [text for text in texts if other in text.split()]
    assert whole["01_linear"][0] == report.answer("01_linear") or team == "OPS"


def test_the_dates_apply_to_every_view_with_a_history(report: Shown) -> None:
    whole = {name: report.answer(name) for name in VIEWS}
    report.dates("2026-04-01", "2026-04-30")
    assert report.page.locator("[name=period]").input_value() == "own"
    for name in VIEWS:
        is_now = name in {"10_waiting", "15_customers", "70_progress", "90_stuck"}
        assert (report.answer(name) == whole[name]) == is_now, name
    report.dates(FIRST.isoformat(), FIRST.isoformat())
    assert report.answer("20_flow") == "There is no data in this selection."
    assert report.errors == []


def test_the_trend_is_rolling_or_weekly(report: Shown) -> None:
    def trend() -> list[dict[str, str]]:
        return report.tables("20_flow")[2]

    rolling = trend()
    report.select("trend", "weekly")
    weekly = trend()
    assert sum(int(row["3 n"]) for row in weekly) < sum(
        int(row["3 n"]) for row in rolling
    )
    assert weekly[0]["0 Week"].startswith("30 Mar 2026")


def test_people_are_in_alphabetical_order(report: Shown) -> None:
    names = [row["0 Person"] for row in report.tables("50_review_load")[0]]
    assert names == sorted(names)
    axis = report.view("50_review_load").locator("figure").nth(1)
    labels = axis.locator("svg text").all_text_contents()
    shown_names = [text for text in labels if "oe of" in text]
    assert shown_names == sorted(shown_names)
    assert len(shown_names) == 4
    curve = report.view("50_review_load").locator("figure").nth(0)
    assert not [t for t in curve.locator("svg text").all_text_contents() if "oe" in t]


def test_the_cards_say_when_the_sources_were_loaded_and_what_the_build_found(
    report: Shown,
) -> None:
    # A load belongs to no team: the filter hides none.
    for team in ("", "ENG"):
        report.select("team", team)
        loads, build = report.view("04_loads"), report.view("05_build")
        assert report.answer("04_loads") == "The last load of 1 of 2 sources succeeded"
        assert "The oldest good load began on 29 Jun 2026" in str(loads.text_content())
        assert report.answer("05_build") == (
            "297 of 300 tests passed; 0 failed, 3 warn about the sources' rows"
        )
        assert "60 models were built, 0 failed, on 30 Jun" in str(build.text_content())
        assert "late" in str(loads.get_attribute("class")).split()
        assert "late" not in str(build.get_attribute("class")).split()


def test_the_browser_reads_each_number_as_it_was_written(report: Shown) -> None:
    columns = {
        "empty": ("FLOAT64", [None, None, None]),
        "hours": ("FLOAT64", [0.07, None, 70_000.25]),
        "negative": ("INT64", [-300, 5, None]),
        "large": ("INT64", [2**40, 0, 1]),
        "is_done": ("BOOL", [True, None, False]),
        "day": ("DATE", [date(1969, 12, 1), None, date(2026, 2, 28)]),
        "moment": ("TIMESTAMP", [None, *[datetime(2026, 2, 28, 1, tzinfo=UTC)] * 2]),
        "name": ("STRING", ["שלום", "", None]),
    }
    kinds, values = zip(*columns.values(), strict=True)
    rows = [(place, *row) for place, row in enumerate(zip(*values, strict=True))]
    view = encode_rows(Result(("place", *columns), ("INT64", *kinds), rows))
    found = report.page.evaluate(
        """async (text) => {
          const place = document.createElement("p");
          place.id = "encoded";
          place.textContent = text;
          document.body.append(place);
          const [view] = readDocument(await decompress("encoded")).views;
          place.remove();
          return Object.fromEntries(Object.keys(view.columns).map((name) =>
            [name, [0, 1, 2].map((row) => valueOf(view.columns[name], row))]));
        }""",
        compress({"views": [view]}),
    )
    midnight = datetime(2026, 2, 28, 1, tzinfo=UTC).timestamp()
    assert found == {
        "place": [0, 1, 2],
        **{name: written for name, (_, written) in columns.items()},
        "day": ["1969-12-01", None, "2026-02-28"],
        "moment": [None, midnight, midnight],
    }


def test_one_team_needs_no_filter(browser: Browser, one_team_page: Path) -> None:
    with shown(browser, one_team_page) as opened:
        opened.wait()
        assert not opened.page.locator("[name=team]").is_visible()
        assert opened.page.locator("[name=period]").is_visible()
        assert opened.names() == [*CARDS, *VIEWS]
        assert opened.errors == []


def test_an_empty_company_reads_what_to_do(browser: Browser, empty_page: Path) -> None:
    with shown(browser, empty_page) as opened:
        text = opened.page.locator("header").text_content()
        assert "There is no data yet" in str(text)
        assert opened.names() == []
        assert not opened.page.locator("#controls").is_visible()
        assert opened.errors == []


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

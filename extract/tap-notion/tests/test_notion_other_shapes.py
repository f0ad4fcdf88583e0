"""Responses of another shape, a damaged state, settings without a value."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from notion_workspace import BEGAN, at, cut

from sandbox.notion.objects import add_data_source, add_database
from tap_notion.common.errors import SettingsError
from tap_notion.settings import reference
from tap_notion.tap import TapNotion
from tap_notion.transport.errors import judge
from tap_notion.values import columns

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from notion_workspace import Notion, Properties, Row

    from sandbox.answers import Answer
    from sandbox.notion.api import NotionRequest

KEY = "11111111-1111-4111-8111-111111111111"
NAME: Properties = {"Name": ("title", "title", {})}


def alter(
    notion: Notion,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
    change: Callable[[Row], Any],
) -> None:
    """Change every response of an address."""
    original = notion.api.answer

    def answer(request: NotionRequest) -> Answer:
        found = original(request)
        if path not in request.path:
            return found
        body = json.loads(json.dumps(found.body))
        return replace(found, status=200, body=change(body))

    monkeypatch.setattr(notion.api, "answer", answer)


# --- responses -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"results": None, "has_more": False},
        {"results": [None], "has_more": False},
        {"results": "no list", "has_more": False},
    ],
)
def test_a_query_of_another_shape_deletes_nothing(
    notion: Notion, monkeypatch: pytest.MonkeyPatch, body: Row
) -> None:
    notion.pages(3)
    first = notion.run()
    alter(notion, monkeypatch, "/query", lambda _: body)
    second = notion.run(first.state)
    assert not second.activated() & {"pages", "page_properties"}
    assert len(second.lines) == 1
    assert "unexpected shape" in second.lines[0]


def test_a_query_whose_cursors_repeat_ends_in_one_line(
    notion: Notion, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(150):
        notion.page(number, at(1))
    first = notion.run(select=("pages",))
    cursors = iter("ab" * 50)
    page: list[Row] = []

    def repeated(body: Row) -> Row:
        page.append(body)
        return {**page[0], "has_more": True, "next_cursor": next(cursors)}

    alter(notion, monkeypatch, "/query", repeated)
    run = notion.run(first.state, select=("pages",))
    assert "the list does not advance" in run.lines[0]
    assert run.activated() == set()
    assert len(page) <= 4


def test_a_query_that_ignores_its_filter_ends_in_one_line(
    notion: Notion, monkeypatch: pytest.MonkeyPatch
) -> None:
    notion.pages(150)
    bodies: list[Row] = []

    def earlier(body: Row) -> Row:
        bodies.append(body)
        if len(bodies) > 1:
            time = {"created_time": "2020-01-01T00:00:00.000Z"}
            body["results"] = [{**row, **time} for row in body["results"]]
        return body

    alter(notion, monkeypatch, "/query", earlier)
    run = notion.run(select=("pages",))
    assert "returned a row of 2020-01-01" in run.lines[0]
    assert run.activated() == set()


def test_a_value_of_another_shape_is_null_and_its_page_is_read(
    notion: Notion, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = notion.page(1)

    def broken(body: Row) -> Row:
        for row in body["results"]:
            people = {"id": "Peo1", "type": "people", "people": 5}
            relation = {"id": "Rel1", "type": "relation"}
            row["properties"] |= {"People": people, "Related": relation}
        return body

    alter(notion, monkeypatch, "/query", broken)
    run = notion.run()
    assert run.lines == ()
    assert run.ids() == [page]
    assert run.activated() >= {"pages", "page_properties"}


def test_a_part_of_a_data_source_in_the_search_is_requested_completely(
    notion: Notion, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = notion.page(1)

    def parts(body: Row) -> Row:
        names = ("object", "id")
        rows = [{name: row[name] for name in names} for row in body["results"]]
        return {**body, "results": rows}

    alter(notion, monkeypatch, "search", parts)
    run = notion.run(data_sources=[])
    assert run.lines == ()
    assert run.ids() == [page]


def test_a_folder_of_time_zones_is_no_time_zone() -> None:
    value = {"start": "2026-01-01T10:00:00", "end": None, "time_zone": "America"}
    with pytest.raises(ValueError, match="the unknown time zone America"):
        columns({"type": "date", "date": value})


# --- what must not be lost -----------------------------------------------------------


def test_a_data_source_that_fails_once_is_not_forgotten(notion: Notion) -> None:
    second = add_database(notion.store, "Second", BEGAN)
    other = add_data_source(notion.store, second, "Other", BEGAN, NAME)
    pages = {notion.page(1), notion.page(2, source=other)}
    first = notion.run(data_sources=[])
    notion.store.unlisted.add(other)
    notion.server.fault(
        "server-error", "notion", status=503, match=f"data_sources/{other}", count=5
    )
    failed = notion.run(first.state, data_sources=[])
    assert "pages" not in failed.activated()
    notion.server.clear_faults()
    third = notion.run(failed.state, data_sources=[])
    assert set(third.ids()) == pages


def test_the_bookmark_stays_before_a_minute_that_notion_does_not_return_completely(
    notion: Notion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sandbox.notion.api.LIMIT", 400)
    early = notion.page(5_000, at(0.5))
    for number in range(1_000):
        notion.page(number, at(1))
    notion.page(1_001, at(2))
    run = notion.run(incremental=True, select=("pages",))
    assert early in run.ids()
    assert "Notion returns no more pages of one minute" in run.lines[0]
    (bookmark,) = run.state["bookmarks"]["pages"]["data_sources"].values()
    assert bookmark <= cut(at(1))


def test_a_page_that_is_trashed_after_the_trash_was_read_is_found_by_the_next_run(
    notion: Notion, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, later = notion.page(1, at(1)), notion.page(2, at(2))
    first = notion.run(incremental=True)
    clock = iter([cut(at(100)), cut(at(200))])
    original = notion.api.answer
    now = [at(99)]

    def answer(request: NotionRequest) -> Answer:
        found = original(request)
        if b'"in_trash": true' in request.body or b'"in_trash":true' in request.body:
            # One hour passes between the two queries, and the page is trashed in it.
            notion.store.trash(page, next(clock))
            notion.store.edit(later, next(clock), Done=False)
            now[0] = at(300)
        return found

    monkeypatch.setattr(notion.api, "answer", answer)
    monkeypatch.setattr(
        "tap_notion.common.rest.server_time", lambda _: now[0].timestamp()
    )
    second = notion.run(first.state, incremental=True)
    assert later in second.ids()
    monkeypatch.setattr(notion.api, "answer", original)
    third = notion.run(second.state, incremental=True)
    trashed = {row["id"] for row in third.records("pages") if row["in_trash"]}
    assert trashed == {page}


def test_pages_of_a_data_source_in_the_trash_are_not_read_and_its_row_says_so(
    notion: Notion,
) -> None:
    other = add_data_source(notion.store, notion.database, "Other", BEGAN, NAME)
    kept, gone = notion.page(1), notion.page(2, source=other)
    first = notion.run()
    assert set(first.ids()) == {kept, gone}
    notion.store.data_sources[other]["in_trash"] = True
    second = notion.run(first.state)
    assert second.ids() == [kept]
    assert "pages" in second.activated()
    flags = {row["id"]: row["in_trash"] for row in second.records("data_sources")}
    assert flags == {notion.days: False, other: True}


@pytest.mark.parametrize(
    ("setting", "method", "activated"),
    [("no", "INCREMENTAL", "no"), ("yes", "FULL_TABLE", "yes")],
)
def test_the_replication_method_of_the_catalog_counts_before_the_setting(
    notion: Notion, setting: str, method: str, activated: str
) -> None:
    pages = notion.pages(5)
    catalog = TapNotion(config=notion.config).catalog_dict
    for entry in catalog["streams"]:
        for item in entry["metadata"]:
            if not item["breadcrumb"]:
                item["metadata"]["selected"] = True
        if entry["stream"] == "pages":
            entry["replication_method"] = method
    first = notion.run(catalog=catalog, incremental=setting == "yes")
    second = notion.run(first.state, catalog=catalog, incremental=setting == "yes")
    assert second.lines == ()
    assert second.ids() == (pages if activated == "yes" else pages[-1:])
    assert ("pages" in second.activated()) is (activated == "yes")


# --- state, settings, secrets --------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ({"workspace": []}, "workspace is [], not an object"),
        ({"workspace": {"version": "new"}}, "version is 'new', not a number"),
        ({"workspace": {"rows": [1]}}, "workspace.rows is [1], not an object"),
        ({"workspace": {"data_sources": [1]}}, "data_sources[0] is 1, not text"),
        ({"bookmarks": {"pages": {"data_sources": [1]}}}, "is [1], not an object"),
        (
            {"bookmarks": {"pages": {"data_sources": {"a": "x"}}}},
            "bookmarks.pages.data_sources.a is 'x', not a time",
        ),
    ],
)
def test_a_damaged_state_reads_nothing(notion: Notion, state: Row, words: str) -> None:
    with pytest.raises(SettingsError) as refused:
        notion.run({"bookmarks": {}, **state})
    (line,) = refused.value.lines
    assert line.startswith("The state is damaged: ")
    assert words in line


def test_check_names_the_workspace_and_its_data_sources(notion: Notion) -> None:
    config = notion.config
    tap = TapNotion(config=config)
    facts = list(tap.facts())
    assert "is valid in workspace Lanternworks" in facts[0]
    assert facts[1] == "1 data sources are visible: Days"


def test_check_of_an_unexpected_response_is_one_line(
    notion: Notion, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    alter(notion, monkeypatch, "data_sources/", lambda _: {"object": "list"})
    file = tmp_path / "config.json"
    file.write_text(json.dumps(notion.config))
    done = CliRunner().invoke(TapNotion.cli, ["--config", str(file), "--check"])
    assert done.exit_code == 1
    assert isinstance(done.exception, SystemExit)
    assert "Error: a response has an unexpected shape" in done.output


@pytest.mark.parametrize("empty", [None, ""])
def test_settings_without_a_value_have_their_defaults(
    notion: Notion, empty: str | None
) -> None:
    page = notion.page(1)
    names = ("notion_version", "max_wait_seconds", "request_timeout", "user_agent")
    run = notion.run(**dict.fromkeys(names, empty))
    assert run.lines == ()
    assert run.ids() == [page]


def test_an_address_that_is_none_is_one_line(notion: Notion) -> None:
    with pytest.raises(SettingsError, match=r"data_sources: .* contains no ID"):
        notion.run(data_sources=["https://[abc"])


def test_the_id_of_a_view_is_not_that_of_the_database() -> None:
    text = f"www.notion.so/me/Habits-{KEY.replace('-', '')}?v={'2' * 32}"
    assert reference(text) == (KEY, KEY)


def test_a_token_that_a_server_repeats_is_hidden_also_where_a_text_is_cut(
    notion: Notion,
) -> None:
    token = "ntn_secret_of_this_test_only"  # noqa: S105
    notion.run(access_token=token)
    _, reply = judge(400, {"message": f"{'x' * 285} {token}"})
    assert reply.message == f"{'x' * 285} ***"

"""Every page is read once, whatever Notion's lists do."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from notion_workspace import BEGAN, at, cut

from sandbox.notion.objects import add_data_source

if TYPE_CHECKING:
    import pytest
    from notion_workspace import Notion, Properties

    from sandbox.answers import Answer
    from sandbox.notion.api import NotionRequest


def test_ten_years_of_daily_pages_take_at_most_45_requests(notion: Notion) -> None:
    pages = notion.pages(3_650)
    run = notion.run()
    assert run.lines == ()
    assert run.ids() == pages
    assert notion.requests <= 45


def test_every_data_source_of_a_database_is_read(notion: Notion) -> None:
    properties: Properties = {"Name": ("title", "title", {})}
    weeks = add_data_source(notion.store, notion.database, "Weeks", BEGAN, properties)
    first, second = notion.page(1), notion.page(2, source=weeks)
    run = notion.run()
    sources = {row["id"]: row["data_source_id"] for row in run.records("pages")}
    assert sources == {first: notion.days, second: weeks}
    assert {row["title"] for row in run.records("data_sources")} == {"Days", "Weeks"}
    titles = {row["database_title"] for row in run.records("data_sources")}
    assert titles == {"Habits"}


def test_25000_pages_in_one_data_source_are_each_read_once(notion: Notion) -> None:
    # 13,000 pages spread over time, and 12,000 that were imported in one minute.
    pages = [
        notion.page(number, at(0) + timedelta(minutes=number))
        for number in range(13_000)
    ]
    pages += [
        notion.page(
            13_000 + number,
            at(100_000),
            edited=at(100_000) + timedelta(minutes=number // 4_000),
        )
        for number in range(12_000)
    ]
    run = notion.run(select=("pages",))
    assert run.lines == ()
    assert sorted(run.ids()) == sorted(pages)
    assert run.activated() == {"pages"}


def test_more_pages_with_the_same_two_timestamps_than_a_query_returns_are_read(
    notion: Notion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sandbox.notion.api.LIMIT", 400)
    pages = [notion.page(number, at(1)) for number in range(600)]
    pages.append(notion.page(600, at(2)))
    run = notion.run(select=("pages",))
    assert run.lines == ()
    assert sorted(run.ids()) == sorted(pages)


def test_if_notion_does_not_return_every_page_nothing_is_marked_as_deleted(
    notion: Notion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sandbox.notion.api.LIMIT", 400)
    for number in range(1_000):
        notion.page(number, at(1))
    run = notion.run(select=("pages",))
    assert 800 <= len(set(run.ids())) == len(run.ids()) < 1_000
    assert run.activated() == set()
    assert "Notion returns no more pages of one minute" in run.lines[0]


def test_an_expired_cursor_restarts_the_query_and_loses_no_page(
    notion: Notion, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = [notion.page(number, at(1)) for number in range(350)]
    cursors = iter(range(2, 100))
    original = notion.api.answer

    def expiring(request: NotionRequest) -> Answer:
        # The cursor that this response contains is not valid any more.
        answer = original(request)
        notion.api.epoch += b"start_cursor" in request.body and next(cursors) in {2, 3}
        return answer

    monkeypatch.setattr(notion.api, "answer", expiring)
    run = notion.run(select=("pages",))
    assert run.lines == ()
    assert sorted(run.ids()) == sorted(pages)


def test_a_formula_that_changes_without_its_page_is_read(notion: Notion) -> None:
    page = notion.page(1, Score={"type": "number", "number": 1})
    first = notion.run()
    notion.store.recalculate(page, Score={"type": "number", "number": 2})
    second = notion.run(first.state)
    values = [
        row["value_number"]
        for run in (first, second)
        for row in run.records("page_properties")
        if row["property_name"] == "Score"
    ]
    assert values == [1, 2]


def test_the_second_run_of_an_unchanged_workspace_writes_the_same_rows(
    notion: Notion,
) -> None:
    notion.pages(150)
    first = notion.run()
    second = notion.run(first.state)
    for stream in ("pages", "page_properties", "data_sources", "users"):
        assert second.records(stream) == first.records(stream)
    assert second.activated() == first.activated()


def test_k_changes_and_a_page_in_the_trash_show_in_the_next_full_run(
    notion: Notion,
) -> None:
    pages = notion.pages(20)
    first = notion.run()
    for page in pages[:3]:
        notion.store.edit(page, cut(at(500)), Done=False)
    notion.store.trash(pages[5], cut(at(500)))
    notion.store.remove(pages[6])
    second = notion.run(first.state)
    assert set(pages) - set(second.ids()) == {pages[5], pages[6]}
    undone = [
        row["page_id"]
        for row in second.records("page_properties")
        if row["property_name"] == "Done" and not row["value_boolean"]
    ]
    assert undone == pages[:3]
    assert second.activated() == {"pages", "page_properties", "data_sources", "users"}
    versions = [
        each["version"]
        for run in (first, second)
        for each in run.messages
        if each["type"] == "ACTIVATE_VERSION" and each["stream"] == "pages"
    ]
    assert versions[0] < versions[1]


def test_a_slow_page_is_requested_again_with_fewer_rows(notion: Notion) -> None:
    pages = notion.pages(120)
    notion.server.fault(
        "server-error", "notion", status=504, match='"page_size": 100', count=0
    )
    run = notion.run(select=("pages",))
    assert run.lines == ()
    assert run.ids() == pages

"""With `incremental`, only pages that changed are read, and none is missed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from notion_workspace import at, cut

if TYPE_CHECKING:
    from notion_workspace import Notion


def test_no_change_reads_only_the_last_minute_again(notion: Notion) -> None:
    pages = notion.pages(150)
    first = notion.run(incremental=True)
    assert first.ids() == pages
    notion.server.forget_stats()
    second = notion.run(first.state, incremental=True)
    assert second.ids() == pages[-1:]
    assert second.activated() <= {"data_sources", "users"}
    assert notion.requests <= 6


def test_k_changes_are_read_with_their_properties(notion: Notion) -> None:
    pages = notion.pages(150)
    first = notion.run(incremental=True)
    notion.store.edit(pages[3], cut(at(5_000)), Done=False)
    notion.store.edit(pages[7], cut(at(5_001)), Done=False)
    second = notion.run(first.state, incremental=True)
    assert second.ids() == [pages[149], pages[3], pages[7]]
    assert {row["page_id"] for row in second.records("page_properties")} == {
        *second.ids()
    }


def test_pages_in_the_trash_are_read_with_their_flag(notion: Notion) -> None:
    pages = notion.pages(3)
    first = notion.run(incremental=True)
    notion.store.trash(pages[1], cut(at(5_000)))
    second = notion.run(first.state, incremental=True)
    assert {row["id"]: row["in_trash"] for row in second.records("pages")} == {
        pages[1]: True,
        pages[2]: False,
    }
    notion.store.trash(pages[1], cut(at(5_001)), in_trash=False)
    third = notion.run(second.state, incremental=True)
    assert {row["id"]: row["in_trash"] for row in third.records("pages")} == {
        pages[1]: False,
        pages[2]: False,
    }


def test_the_bookmark_stays_before_the_minute_in_which_reading_began(
    notion: Notion,
) -> None:
    page = notion.page(1, datetime.now(UTC))
    first = notion.run(incremental=True)
    edited = notion.store.pages[page]["last_edited_time"]
    (bookmark,) = first.state["bookmarks"]["pages"]["data_sources"].values()
    assert bookmark < edited
    # Changed again in the same minute: the timestamp stays the same.
    notion.store.edit(page, edited, Done=False)
    second = notion.run(first.state, incremental=True, lookback_seconds=0)
    assert second.ids() == [page]


def test_the_state_follows_every_batch(notion: Notion) -> None:
    pages = notion.pages(250)
    run = notion.run(incremental=True)
    bookmarks = [
        next(iter(state["bookmarks"]["pages"]["data_sources"].values()))
        for state in run.states
        if "pages" in state.get("bookmarks", {})
    ]
    assert len(set(bookmarks)) == 3
    assert bookmarks == sorted(bookmarks)
    # From any of these states, the next run reads whatever is missing.
    for state in run.states[:2]:
        seen = run.messages[: run.messages.index({"type": "STATE", "value": state})]
        before = {
            each["record"]["id"]
            for each in seen
            if each["type"] == "RECORD" and each["stream"] == "pages"
        }
        rest = notion.run(state, incremental=True)
        assert before | set(rest.ids()) == set(pages)


def test_start_date_limits_the_first_incremental_run(notion: Notion) -> None:
    pages = notion.pages(10)
    run = notion.run(incremental=True, start_date="2026-01-10", lookback_seconds=0)
    assert run.ids() == pages[5:]


def test_a_full_run_ignores_start_date(notion: Notion) -> None:
    pages = notion.pages(10)
    assert notion.run(start_date="2026-01-10").ids() == pages


def test_the_index_lists_every_page_and_marks_the_missing_as_deleted(
    notion: Notion,
) -> None:
    pages = notion.pages(120)
    first = notion.run(select=("page_index",))
    assert first.ids("page_index") == pages
    notion.store.remove(pages[0])
    second = notion.run(first.state, select=("page_index",))
    assert second.ids("page_index") == pages[1:]
    assert second.activated() == {"page_index"}

"""With an end date, the tap reads a range of time and moves no bookmark."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from notion_workspace import at, cut

if TYPE_CHECKING:
    from notion_workspace import Notion


@pytest.mark.parametrize("incremental", [False, True])
def test_only_pages_of_the_range_are_read_and_the_state_stays_as_it_is(
    notion: Notion, *, incremental: bool
) -> None:
    pages = notion.pages(5)
    for hours, page in enumerate(pages, start=5_000):
        notion.store.edit(page, cut(at(hours)), Done=False)
    notion.store.trash(pages[2], cut(at(5_002)))
    first = notion.run(incremental=incremental)
    limits: dict[str, Any] = {"start_date": cut(at(5_001)), "end_date": cut(at(5_003))}

    out = notion.run(first.state, incremental=incremental, **limits)

    # The end is excluded, and so is everything that has no time of change.
    assert sorted(out.ids()) == sorted(pages[1:3])
    assert {row["page_id"] for row in out.records("page_properties")} == {*out.ids()}
    assert not out.records("users")
    assert out.activated() == set()
    # The first message: the target checks the tables of the bookmarks.
    assert out.messages[0]["type"] == "STATE"
    assert out.states == [first.state]

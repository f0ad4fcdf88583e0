"""A list that does not end is noticed."""

from __future__ import annotations

import pytest

from tap_linear.common.cursors import Cursors


def test_a_cursor_that_comes_twice_is_refused_also_if_another_was_between() -> None:
    cursors = Cursors()
    assert [cursors.follow("a"), cursors.follow("b")] == ["a", "b"]
    with pytest.raises(ValueError, match="cursor 'a' came twice"):
        cursors.follow("a")


def test_a_list_whose_pages_have_no_new_row_ends() -> None:
    cursors = Cursors(idle=3)
    cursors.follow("a", new=0)
    cursors.follow("b", new=0)
    cursors.follow("c", new=5)  # a new row begins the count again
    cursors.follow("d", new=0)
    cursors.follow("e", new=0)
    with pytest.raises(ValueError, match="3 pages have no new row"):
        cursors.follow("f", new=0)


@pytest.mark.parametrize("cursor", [None, ""])
def test_a_missing_cursor_is_refused(cursor: object) -> None:
    with pytest.raises(ValueError, match="has no next cursor"):
        Cursors().follow(cursor)

"""Classes 4 to 6: one fault stops one thing, pages shrink, every run ends.

Threads of other readers of these APIs are noted where they had the condition.
"""

# ruff: noqa: ANN401 - conftest cannot be imported, so its fixtures have no names here
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from sandbox.testing import ApiServer


# --- 4. One fault stops one thing ----------------------------------------------------


@pytest.mark.parametrize("root", ["comments(", "  teams(", "issueRelations("])
def test_a_list_that_always_fails_stops_only_its_stream(
    root: str, workspace: Any, server: ApiServer, run: Any
) -> None:
    """One stream fails, and no other one is read.

    https://github.com/airbytehq/airbyte/issues/3268
    """
    workspace.issue(1, 1)
    workspace.comment(1, 1, 1)
    server.fault("server-error", "linear", match=root, count=0)
    started = run(page_size=4)
    (line,) = started.failing().splitlines()
    assert "could not be read" in line
    assert started.out.ids("issues")
    assert "projects" in started.out.activated()


def test_an_issue_that_always_fails_is_named_and_the_others_are_read(
    workspace: Any, server: ApiServer, run: Any
) -> None:
    keys = [workspace.issue(number, number) for number in range(7)]
    server.fault("poisoned", "linear", value=keys[3], field="title", count=0)
    first = run()
    assert "issues: could not be read (HTTP 502" in first.failing()
    assert set(first.out.ids("issues")) == {*keys} - {keys[3]}
    server.clear_faults()
    second = run(first.out.states[-1]).sync()
    assert keys[3] in second.ids("issues")


def test_a_comment_that_always_fails_is_stepped_over_and_read_by_the_next_run(
    workspace: Any, server: ApiServer, run: Any
) -> None:
    keys = [workspace.comment(number, number * 100) for number in range(7)]
    server.fault("poisoned", "linear", value=keys[3], field="body", count=0)
    first = run()
    assert keys[3] in first.failing()
    assert set(first.out.ids("comments")) == {*keys} - {keys[3]}
    server.clear_faults()
    second = run(first.out.states[-1]).sync()
    assert keys[3] in second.ids("comments")
    assert "gaps" not in second.states[-1]["bookmarks"]["comments"]


def test_a_part_of_a_list_that_always_fails_is_read_around_from_both_ends(
    workspace: Any, server: ApiServer, run: Any
) -> None:
    keys = [workspace.comment(number, number * 100) for number in range(9)]
    server.fault("poisoned", "linear", value=keys[4], count=0)
    first = run()
    assert "comments: a part of the list could not be read" in first.failing()
    assert set(first.out.ids("comments")) == {*keys} - {keys[4]}
    server.clear_faults()
    second = run(first.out.states[-1]).sync()
    assert keys[4] in second.ids("comments")


def test_a_list_with_a_row_that_fails_marks_nothing_as_deleted(
    workspace: Any, server: ApiServer, run: Any
) -> None:
    team = workspace.team(2, "OPS")
    server.fault("poisoned", "linear", value=team, field="timezone", count=0)
    started = run()
    assert "teams: could not be read" in started.failing()
    assert "teams" not in started.out.activated()
    assert len(started.out.ids("teams")) == 1


# --- 5. Whatever may depend on size shrinks first ------------------------------------


@pytest.mark.parametrize("status", [408, 500, 502, 504, 520, 524])
def test_a_page_that_is_too_large_for_a_gateway_becomes_smaller(
    status: int, workspace: Any, server: ApiServer, run: Any
) -> None:
    """A page of a large workspace fails with 502 or 504 until it is smaller.

    https://github.com/port-labs/ocean/pull/3411
    """
    for number in range(40):
        workspace.comment(number, number)
    server.fault(
        "server-error", "linear", match="query Comments(", above=10, status=status,
        count=0,
    )  # fmt: skip
    assert len(run(page_size=40).sync().ids("comments")) == 40


@pytest.mark.parametrize("kind", ["cut", "internal"])
def test_a_large_page_that_breaks_becomes_smaller(
    kind: str, workspace: Any, server: ApiServer, run: Any
) -> None:
    """A large page fails with HTTP 200 and an error in the body.

    https://github.com/dtolnay/star-history/pull/30
    """
    for number in range(40):
        workspace.comment(number, number)
    server.fault(kind, "linear", match="query Comments(", above=10, count=0)
    assert len(run(page_size=40).sync().ids("comments")) == 40


# --- 6. Every run ends ---------------------------------------------------------------


@pytest.mark.parametrize("value", ["null", "repeated", ""])
@pytest.mark.parametrize(
    "root", ["query Comments(", "issueRelations(", "query IssuesChanged("]
)
def test_a_list_whose_cursor_does_not_advance_ends(
    root: str, value: str, workspace: Any, server: ApiServer, run: Any
) -> None:
    """The last page has a cursor too, and the list is read without end.

    https://github.com/Glitchedpixel-io/media-api/issues/66
    """
    for number in range(6):
        workspace.issue(number, number)
        workspace.comment(number, number, number)
    server.fault(
        "repeated-cursor",
        "linear",
        match=root,
        value=value or None,
        count=0,
    )
    started = run(page_size=3)
    assert "the list does not advance" in started.failing()
    server.clear_faults()
    rest = run(started.out.states[-1]).sync()
    for stream in ("issues", "comments"):
        got = {*started.out.ids(stream), *rest.ids(stream)}
        assert len(got) == 6


def test_a_limit_with_a_reset_in_the_past_is_waited_for_longer_each_time(
    server: ApiServer, run: Any
) -> None:
    """An exhausted limit has status HTTP 400, like a failed request.

    https://github.com/vanillagreencom/kendex/issues/1018
    """
    server.fault("rate-limited", "linear", seconds=-3_600, count=4)
    started = run()
    started.sync()
    assert started.waits[:4] == [1, 2, 4, 8]


def test_retry_after_is_honored_on_503(stub: Any, run: Any) -> None:
    headers = {"Retry-After": "7"}
    started = run(api_url=stub(lambda *_: (503, headers, b"", 1)))
    started.failing()
    assert started.waits == [7, 7, 7, 8]

"""Comments that were edited without touching their pull request."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Output, Reader
    from handmade import Host

    Serve = Callable[[Host], Reader]


def test_a_comment_edited_without_touching_its_pull_request_is_read_again(
    host: Host, serve: Serve
) -> None:
    repository = host.repository("one")
    rows = [host.pull_request(repository, host.second(n)) for n in range(30)]
    for row in rows:
        row["comments"] = [host.comment(row)]
        row["reviewThreads"] = [
            {
                "id": f"PRRT_{row['number']}",
                "diffSide": "RIGHT",
                "comments": [host.comment(row)],
            }
        ]
    reader = serve(host)
    first = reader.run()
    for comment in (
        rows[3]["comments"][0],
        rows[4]["reviewThreads"][0]["comments"][0],
    ):
        comment["body"] = "Edited"
        comment["updatedAt"] = "2999-01-01T00:00:00Z"
    reader.server.refresh()

    output = reader.run(first.state)

    assert sorted(output.numbers) == [rows[3]["number"], rows[4]["number"]]
    bodies = [row["body"] for row in output.records["pr_issue_comments"]]
    assert sorted(bodies) == ["Edited", "Why?"]
    assert "Edited" in [row["body"] for row in output.records["pr_comments"]]
    assert output.bookmark == first.bookmark


def test_an_edited_comment_of_a_changed_pull_request_costs_nothing_more(
    host: Host, serve: Serve
) -> None:
    row = host.pull_request(host.repository("one"), host.second(1))
    row["comments"] = [host.comment(row)]
    reader = serve(host)
    first = reader.run()
    row["updatedAt"] = host.second(9)
    row["comments"][0]["updatedAt"] = "2999-01-01T00:00:00Z"
    reader.server.refresh()
    reader.server.forget_stats()

    output = reader.run(first.state)

    assert output.numbers == [row["number"]]
    assert reader.requests["PullRequestsOfComments"] == 0
    assert reader.requests["HydratePullRequests"] == 1


def test_a_list_of_edited_comments_is_followed_from_page_to_page(
    host: Host, serve: Serve
) -> None:
    repository = host.repository("one")
    rows = [host.pull_request(repository, host.second(n)) for n in range(150)]
    for row in rows:
        row["comments"] = [host.comment(row)]
    reader = serve(host)
    first = reader.run()
    for row in rows:
        row["comments"][0]["updatedAt"] = "2999-01-01T00:00:00Z"
    reader.server.refresh()
    reader.server.forget_stats()

    output = reader.run(first.state)

    assert len(output.records["pr_issue_comments"]) == 150
    asked = reader.requests
    assert asked["PullRequestsOfComments"] == 2
    assert sum(count for name, count in asked.items() if "/issues/" in name) == 2


def test_an_edit_that_github_shows_late_is_read(host: Host, serve: Serve) -> None:
    repository = host.repository("one")
    rows = [host.pull_request(repository, host.second(n)) for n in range(3)]
    for row in rows:
        row["comments"] = [host.comment(row)]
    reader = serve(host)
    state = reader.run().state
    for row in rows[:2]:
        before = datetime.now(UTC) - timedelta(seconds=30)
        row["comments"][0]["updatedAt"] = f"{before:%Y-%m-%dT%H:%M:%SZ}"
        reader.server.refresh()

        output = reader.run(state)

        assert row["number"] in output.numbers
        state = output.state


# Sizes: 502 at 100 a page is the most reported fault of these lists.


@pytest.fixture
def edited(host: Host, serve: Serve) -> tuple[Reader, Output, list[dict[str, Any]]]:
    """Two hundred comments, each edited in a second of its own after the first run."""
    repository = host.repository("one")
    rows = [host.pull_request(repository, host.second(n)) for n in range(200)]
    for row in rows:
        row["comments"] = [host.comment(row)]
    reader = serve(host)
    first = reader.run()
    for n, row in enumerate(rows):
        row["comments"][0]["updatedAt"] = f"2024-06-01T00:{n // 60:02d}:{n % 60:02d}Z"
    for part in first.state["bookmarks"]["pr_issue_comments"]["partitions"]:
        part["edited_since"] = "2024-06-01T00:00:00.000Z"
    reader.server.refresh()
    reader.server.forget_stats()
    return reader, first, rows


def pages(reader: Reader) -> int:
    return sum(n for name, n in reader.requests.items() if "/issues/comments" in name)


@pytest.mark.parametrize("status", [500, 502, 504, 524])
def test_a_page_of_a_hundred_comments_that_fails_is_halved(
    status: int, edited: tuple[Reader, Output, list[dict[str, Any]]]
) -> None:
    """GitHub returns 502 for 100 review comments per page, and not for 50.

    https://github.com/hubtty/hubtty/pull/60
    """
    reader, first, rows = edited
    reader.server.fault(
        "server-error", "github", count=0, match="per_page=100", status=status
    )

    output = reader.run(first.state)

    assert len(output.keyed("pull_requests")) == len(rows)
    assert not reader.clock.waits


@pytest.mark.parametrize("kind", ["cut", "internal"])
def test_whatever_may_depend_on_the_size_of_a_page_of_comments_shrinks_it(
    kind: str, edited: tuple[Reader, Output, list[dict[str, Any]]]
) -> None:
    reader, first, rows = edited
    reader.server.fault(kind, "github", count=0, match="per_page=100")

    assert len(reader.run(first.state).keyed("pull_requests")) == len(rows)
    assert not reader.clock.waits


def test_an_untroubled_list_of_edits_costs_a_request_per_hundred(
    edited: tuple[Reader, Output, list[dict[str, Any]]],
) -> None:
    reader, first, _ = edited
    reader.run(first.state)

    assert pages(reader) <= 3


def test_a_comment_that_always_fails_stops_only_itself_and_the_window_does_not_grow(
    edited: tuple[Reader, Output, list[dict[str, Any]]],
) -> None:
    reader, first, rows = edited
    bad = rows[50]["comments"][0]["id"]
    order = {"count": 0, "match": "/comments", "value": bad}
    reader.server.fault("poisoned", "github", **order)

    output = reader.fail("Not read: edited comments of ada/one", first.state)
    reader.server.forget_stats()
    again = reader.fail("Not read: edited comments of ada/one", output.state)

    read = {row["number"] for row in output.records["pull_requests"]}
    assert read == {row["number"] for row in rows} - {rows[50]["number"]}
    assert pages(reader) <= 8 + 1  # every attempt of that page, and the window
    (part,) = again.state["bookmarks"]["pr_issue_comments"]["partitions"]
    assert part["failed"]
    reader.server.clear_faults()
    then = reader.run(again.state)
    assert rows[50]["number"] in then.numbers
    (part,) = then.state["bookmarks"]["pr_issue_comments"]["partitions"]
    assert "failed" not in part


def test_comments_that_are_refused_for_long_are_read_in_pages_once_they_are_shown(
    edited: tuple[Reader, Output, list[dict[str, Any]]],
) -> None:
    reader, first, rows = edited
    reader.server.fault(
        "server-error", "github", count=0, match="/comments", status=403
    )
    refused = reader.fail("Not read: edited comments of ada/one", first.state)
    reader.server.clear_faults()

    output = reader.run(refused.state)

    assert not refused.numbers
    assert len(output.keyed("pull_requests")) == len(rows)

"""Comments that were edited without touching their pull request."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Host, Output, Reader

    Serve = Callable[[Host], Reader]


def second(n: int) -> str:
    """The n-th second of a day long past."""
    return f"2024-05-05T{n // 3600:02d}:{n // 60 % 60:02d}:{n % 60:02d}Z"


def numbers(output: Output, stream: str = "pull_requests") -> list[int]:
    return [row["number"] for row in output.records[stream]]


def bookmark(output: Output) -> str:
    state = output.state["bookmarks"]["pull_requests"]["partitions"]
    values: list[str] = [part["replication_key_value"] for part in state]
    return values[0]


def test_a_comment_edited_without_touching_its_pull_request_is_read_again(
    host: Host, serve: Serve
) -> None:
    repository = host.repository("one")
    rows = [host.pull_request(repository, second(n)) for n in range(30)]
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

    assert sorted(numbers(output)) == [rows[3]["number"], rows[4]["number"]]
    bodies = [row["body"] for row in output.records["pr_issue_comments"]]
    assert sorted(bodies) == ["Edited", "Why?"]
    assert "Edited" in [row["body"] for row in output.records["pr_comments"]]
    assert bookmark(output) == bookmark(first)


def test_an_edited_comment_of_a_changed_pull_request_costs_nothing_more(
    host: Host, serve: Serve
) -> None:
    row = host.pull_request(host.repository("one"), second(1))
    row["comments"] = [host.comment(row)]
    reader = serve(host)
    first = reader.run()
    row["updatedAt"] = second(9)
    row["comments"][0]["updatedAt"] = "2999-01-01T00:00:00Z"
    reader.server.refresh()
    reader.server.forget_stats()

    output = reader.run(first.state)

    assert numbers(output) == [row["number"]]
    assert reader.requests["PullRequestsOfComments"] == 0
    assert reader.requests["HydratePullRequests"] == 1


def test_a_list_of_edited_comments_is_followed_from_page_to_page(
    host: Host, serve: Serve
) -> None:
    repository = host.repository("one")
    rows = [host.pull_request(repository, second(n)) for n in range(150)]
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
    rows = [host.pull_request(repository, second(n)) for n in range(3)]
    for row in rows:
        row["comments"] = [host.comment(row)]
    reader = serve(host)
    state = reader.run().state
    for row in rows[:2]:
        before = datetime.now(UTC) - timedelta(seconds=30)
        row["comments"][0]["updatedAt"] = f"{before:%Y-%m-%dT%H:%M:%SZ}"
        reader.server.refresh()

        output = reader.run(state)

        assert row["number"] in numbers(output)
        state = output.state

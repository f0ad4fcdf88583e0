"""Comments that were edited without touching their pull request."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Host, Reader

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

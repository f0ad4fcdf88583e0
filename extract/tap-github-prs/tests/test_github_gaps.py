"""No bookmark moves over a gap: what is null was not read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from handmade import Host, at, numbers, unread

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Reader
    from pytest import LogCaptureFixture as Log  # noqa: PT013 - a type

    Serve = Callable[[Host], Reader]
    Rows = list[dict[str, Any]]


def full(host: Host) -> tuple[Rows, dict[str, int]]:
    """Pull requests with three of everything below, and how many rows that makes."""
    repository = host.repository("one")
    rows = [host.pull_request(repository, at(n)) for n in range(10)]
    for row in rows:
        row["reviews"] = [
            {**host.comment(row), "id": f"PRR_{row['number']}_{n}", "state": "APPROVED"}
            for n in range(3)
        ]
        row["comments"] = [host.comment(row) for _ in range(3)]
        row["commits"] = [
            {"id": f"PRC_{row['number']}_{n}", "commit": commit(row["number"] * 10 + n)}
            for n in range(3)
        ]
        row["timelineItems"] = [
            {
                "__typename": "ReopenedEvent",
                "id": f"RE_{row['number']}_{n}",
                "actorId": "U_1",
                "createdAt": at(1),
            }
            for n in range(3)
        ]
        row["reviewThreads"] = [
            {
                "id": f"PRRT_{row['number']}_{n}",
                "diffSide": "RIGHT",
                "comments": [host.comment(row)],
            }
            for n in range(3)
        ]
        row["files"] = [
            {"path": f"{n}.py", "changeType": "ADDED", "additions": 1, "deletions": 0}
            for n in range(3)
        ]
    return rows, dict.fromkeys(CHILDREN.values(), 30)


def commit(n: int) -> dict[str, Any]:
    return {
        "id": f"C_{n:040x}",
        "oid": f"{n:040x}",
        "message": str(n),
        "url": f"https://github.com/ada/one/commit/{n:040x}",
        "authoredDate": at(1),
        "committedDate": at(1),
        "author": {"name": "Ada", "email": "ada@example.com", "userId": "U_1"},
    }


CHILDREN = {
    "reviews": "pr_reviews",
    "comments": "pr_issue_comments",
    "commits": "pr_commits",
    "timelineItems": "pr_events",
    "reviewThreads": "pr_comments",
    "files": "pr_files",
}


@pytest.mark.parametrize("silent", [False, True])
@pytest.mark.parametrize("field", CHILDREN)
def test_null_children_are_not_read_and_are_read_once_they_are_shown(
    field: str, host: Host, serve: Serve, *, silent: bool
) -> None:
    rows, _ = full(host)
    reader = serve(host)
    whole = reader.run()
    code = "none" if silent else "FORBIDDEN"
    reader.server.fault(
        "null-children", "github", field=field, match="Hydrate", count=0, code=code
    )

    output = reader.fail("Not read: pull request")
    reader.server.clear_faults()
    then = reader.run(output.state)

    stream = CHILDREN[field]
    assert len(output.records[stream]) < len(whole.records[stream])
    for other in set(CHILDREN.values()) - {stream, "pr_comments"}:
        assert set(output.keyed(other)) == set(whole.keyed(other))
    assert {row["is_incomplete"] for row in output.records["pull_requests"]} == {True}
    assert sorted(unread(output)) == sorted(numbers(rows))
    assert then.rows[stream] == whole.rows[stream]
    assert {row["is_incomplete"] for row in then.records["pull_requests"]} == {False}
    assert not unread(then)


@pytest.mark.parametrize("field", CHILDREN)
def test_a_list_below_a_pull_request_that_is_refused_costs_only_itself(
    field: str, host: Host, serve: Serve, caplog: Log
) -> None:
    full(host)
    reader = serve(host)
    whole = reader.run()
    for _ in range(2):  # in the batch, and in the retry
        reader.server.fault(
            "not-in-plan", "github", match=field, code="FORBIDDEN", count=0
        )

    output = reader.fail(r"Not read: pull request \d+ of ada/one")
    reader.server.clear_faults()
    then = reader.run(output.state)

    assert f"{field}: FORBIDDEN: Feature not accessible" in caplog.text
    assert len(output.records["pull_requests"]) >= 10
    everything = {**output.keyed(CHILDREN[field]), **then.keyed(CHILDREN[field])}
    assert everything == whole.keyed(CHILDREN[field])


def test_null_among_the_commits_of_a_branch_keeps_the_state_and_is_read_later(
    host: Host, serve: Serve
) -> None:
    repository = host.repository("one")
    commits = host.world.github.repositories[repository]["commits"]
    commits[:] = [{**commit(n), "parents": [commit(n + 1)["oid"]]} for n in range(150)]
    reader = serve(host)
    whole = reader.run()
    reader.server.fault(
        "null-children", "github", field="history", match="ListCommits", every=50
    )

    output = reader.fail("Not read: commits of ada/one")
    then = reader.run(output.state)

    assert 140 < len(output.records["commits"]) < 150
    assert then.rows["commits"] == whole.rows["commits"]

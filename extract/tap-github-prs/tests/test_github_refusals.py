"""What GitHub has and does not give stops only itself, and is asked for again."""

from __future__ import annotations

import logging
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tap_github_prs.errors import GoneError, TapError
from tap_github_prs.hydrate import refusal
from tap_github_prs.memory import MOST_REMEMBERED

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Host, Output, Reader
    from pytest import LogCaptureFixture as Log  # noqa: PT013 - a type

    Serve = Callable[[Host], Reader]
    Rows = list[dict[str, Any]]


def at(n: int) -> str:
    return f"2024-05-05T00:00:{n:02d}Z"


def numbers(rows: Rows) -> list[int]:
    return [row["number"] for row in rows]


def bookmarks(output: Output) -> dict[int, str]:
    """The bookmark of each repository."""
    return {
        part["context"]["repository_id"]: part["replication_key_value"]
        for part in output.state["bookmarks"]["pull_requests"]["partitions"]
        if "replication_key_value" in part
    }


def unread(output: Output) -> list[int]:
    """What the state remembers."""
    return [
        each["number"]
        for part in output.state["bookmarks"]["pull_requests"]["partitions"]
        for each in part.get("unread", ())
    ]


def three(host: Host) -> list[Rows]:
    """The pull requests of three repositories, each with a comment."""
    found = []
    for name in ("first", "second", "third"):
        repository = host.repository(name)
        rows = [host.pull_request(repository, at(n)) for n in range(20)]
        for row in rows:
            row["comments"] = [host.comment(row)]
        found.append(rows)
    return found


# 1. Not found is not deleted


@pytest.mark.parametrize("page_size", [25, 7, 1])
@pytest.mark.parametrize("type_", ["NOT_FOUND", "FORBIDDEN", "UNPROCESSABLE"])
def test_a_pull_request_that_is_listed_and_not_given_stops_only_itself(
    page_size: int, type_: str, host: Host, serve: Serve, caplog: Log
) -> None:
    first, second, third = three(host)
    missing = second[10]
    reader = serve(host)
    reader.server.fault("forbidden", "github", count=0, match=missing["id"], code=type_)

    name = f"pull request {missing['number']} of ada/second"
    output = reader.fail(f"Not read: {name}", page_size=page_size)

    assert f"Cannot read {name}: {type_}: Resource not accessible" in caplog.text
    read = [row for row in first + second + third if row is not missing]
    assert output.numbers == numbers(read)
    assert len(output.records["pr_issue_comments"]) == len(read)
    assert set(bookmarks(output).values()) == {at(19).replace("Z", ".000Z")}
    assert unread(output) == [missing["number"]]

    again = reader.fail(f"Not read: {name}", output.state)
    assert not again.numbers
    reader.server.clear_faults()
    rest = reader.run(again.state)

    assert rest.numbers == [missing["number"]]
    assert not unread(rest)
    assert bookmarks(rest) == bookmarks(output)
    assert not reader.run(rest.state).numbers


def test_what_replication_lag_hides_is_read_at_the_end_of_the_same_run(
    host: Host, serve: Serve, caplog: Log
) -> None:
    _, second, _ = three(host)
    late = second[10]
    reader = serve(host)
    # Found to be missing once, and there when it is asked for again.
    reader.server.fault("forbidden", "github", match=late["id"], code="NOT_FOUND")
    with caplog.at_level(logging.WARNING, "tap-github-prs"):
        output = reader.run()

    assert sorted(output.numbers) == sorted(
        row["number"] for row in host.world.github.pull_requests.values()
    )
    assert not unread(output)
    assert "was not given (NOT_FOUND: " in caplog.text
    assert reader.clock.waits == [5.0]


def test_what_another_token_does_not_find_is_asked_for_with_the_token_that_listed_it(
    host: Host, serve: Serve
) -> None:
    _, second, _ = three(host)
    late = second[10]
    reader = serve(host)
    # The token that has more left is the other one: it is used for reading.
    reader.server.limits(github={"graphql": 5_000}, window_seconds=3_600)
    for token in ("sandbox-token", "sandbox-token-2"):
        reader.server.fault(
            "forbidden", "github", at=1, match=late["id"], code="NOT_FOUND", token=token
        )

    output = reader.run(additional_auth_tokens="sandbox-token-2")

    assert late["number"] in output.numbers
    assert not unread(output)


def test_a_killed_run_has_remembered_what_it_could_not_read(
    host: Host, serve: Serve
) -> None:
    first, _, _ = three(host)
    missing = first[3]
    reader = serve(host)
    reader.server.fault("forbidden", "github", count=0, match=missing["id"])
    killed = reader.run(page_size=5, die_at=120)
    reader.server.clear_faults()

    rest = reader.run(killed.state)

    assert unread(killed) == [missing["number"]]
    assert missing["number"] in rest.numbers
    everything = killed.keyed("pull_requests") | rest.keyed("pull_requests")
    assert len(everything) == 60


def test_more_than_a_state_can_name_is_read_again_from_the_oldest_on(
    host: Host, serve: Serve
) -> None:
    repository = host.repository("one")
    most = MOST_REMEMBERED + 20
    rows = [host.pull_request(repository, host.second(n)) for n in range(most + 30)]
    reader = serve(host)
    for row in rows[:most]:
        reader.server.fault("forbidden", "github", count=0, match=row["id"])

    output = reader.fail("and [0-9]+ more", page_size=1)
    reader.server.clear_faults()
    second = reader.run(output.state)

    assert len(unread(output)) == MOST_REMEMBERED
    everything = output.keyed("pull_requests") | second.keyed("pull_requests")
    assert len(everything) == len(rows)
    assert not unread(second)
    (part,) = second.state["bookmarks"]["pull_requests"]["partitions"]
    assert "unread_from" not in part
    assert not reader.run(second.state).numbers


def test_what_has_not_been_found_for_thirty_days_is_given_up_with_a_line(
    host: Host, serve: Serve, caplog: Log
) -> None:
    first, _, _ = three(host)
    missing = first[3]
    reader = serve(host)
    order = {"count": 0, "match": missing["id"], "code": "NOT_FOUND"}
    reader.server.fault("forbidden", "github", **order)
    output = reader.fail("Not read: pull request")
    long_ago = datetime.now(UTC) - timedelta(days=31)
    for part in output.state["bookmarks"]["pull_requests"]["partitions"]:
        for each in part.get("unread", ()):
            each["since"] = long_ago.isoformat()
    with caplog.at_level(logging.WARNING, "tap-github-prs"):
        then = reader.run(output.state)

    assert not unread(then)
    assert re.search("has not been found for 3[01] days", caplog.text)


def test_of_a_whole_organization_too_a_refused_pull_request_is_a_failure(
    reader: Reader,
) -> None:
    some = next(iter(reader.server.world.github.pull_requests))
    reader.server.fault("forbidden", "github", count=0, match=some)

    reader.fail(r"Not read: pull request \d+ of")


def test_a_repository_that_vanishes_while_it_is_read_is_not_taken_for_one_without_rows(
    host: Host, serve: Serve
) -> None:
    _, second, _ = three(host)
    repository = second[0]["repositoryId"]
    kept: dict[str, Any] = {}
    reader = serve(host)
    read: list[int] = []

    def watch(message: dict[str, Any]) -> None:
        github = host.world.github
        if message["type"] == "RECORD" and message["stream"] == "pull_requests":
            read.append(message["record"]["number"])
        # The token loses its access after ten of twenty are read.
        if message["type"] == "STATE" and len(read) >= 30:
            if not kept:
                kept["repository"] = github.repositories.pop(repository)
                kept["rows"] = {row["id"]: row for row in second}
                for row in second:
                    del github.pull_requests[row["id"]]
            reader.server.refresh()

    output = reader.fail("Not read: the rest of ada/second", watch=watch, page_size=10)
    host.world.github.repositories[repository] = kept["repository"]
    host.world.github.pull_requests.update(kept["rows"])
    reader.server.refresh()
    rest = reader.run(output.state)

    assert rest.numbers == numbers(second[10:])


@pytest.mark.parametrize(
    ("error", "gone"),
    [
        ({"type": "NOT_FOUND", "path": ["nodes", 3]}, True),
        ({"type": "FORBIDDEN", "path": ["nodes", 3]}, False),
        # Null climbs up from a field that must not be null: the node is there.
        ({"type": "NOT_FOUND", "path": ["nodes", 3, "commits"]}, False),
        ({"type": "NOT_FOUND"}, False),
        (None, False),
    ],
)
def test_only_what_github_says_is_not_there_itself_is_taken_for_not_found(
    *, error: dict[str, Any] | None, gone: bool
) -> None:
    assert isinstance(refusal(error, ["nodes"]), GoneError) is gone


# 3. No bookmark over a gap


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
    for _ in range(2):  # in the batch, and when it is asked for again
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


# 4. One fault stops one thing


def test_a_thread_that_is_not_found_while_it_is_read_is_asked_for_again(
    host: Host, serve: Serve
) -> None:
    row = host.pull_request(host.repository("one"), at(1))
    row["reviewThreads"] = [
        {
            "id": f"PRRT_{n}",
            "diffSide": "RIGHT",
            "comments": [host.comment(row) for _ in range(12)],
        }
        for n in range(2)
    ]
    reader = serve(host)
    reader.server.fault(
        "not-in-plan", "github", match="node", code="NOT_FOUND", above=60
    )

    output = reader.run()

    assert len(output.keyed("pr_comments")) == 24
    assert not unread(output)


def test_a_pull_request_that_the_listing_hides_lets_everything_else_be_read(
    host: Host, serve: Serve, caplog: Log
) -> None:
    repository = host.repository("one")
    rows = [host.pull_request(repository, at(n)) for n in range(5)]
    reader = serve(host)
    # The newest, the third and the fifth of the list.
    reader.server.fault("null-children", "github", field="pullRequests", every=2)

    output = reader.fail("Not read: a pull request of ada/one")
    reader.server.forget_stats()
    then = reader.run(output.state)

    assert output.numbers == [rows[1]["number"], rows[3]["number"]]
    assert "GitHub lists it and does not show it" in caplog.text
    everything = output.keyed("pull_requests") | then.keyed("pull_requests")
    assert len(everything) == 5
    last = reader.run(then.state)
    assert not last.numbers
    (part,) = last.state["bookmarks"]["pull_requests"]["partitions"]
    assert "hidden" not in part


def test_a_repository_whose_list_always_fails_stops_only_itself(
    host: Host, serve: Serve
) -> None:
    first, second, third = three(host)
    for n in range(120):
        host.pull_request(second[0]["repositoryId"], host.second(60 + n))
    reader = serve(host)
    reader.server.fault("server-error", "github", count=0, match="ListPullRequests")

    output = reader.fail("Not read: the pull requests of ada/second")
    reader.server.clear_faults()
    then = reader.run(output.state)

    assert set(numbers(first + third)) <= set(output.numbers)
    # What was listed is read, but moves no bookmark.
    assert len(output.numbers) == 40 + 100
    everything = output.keyed("pull_requests") | then.keyed("pull_requests")
    assert len(everything) == 60 + 120


def test_a_named_repository_that_always_fails_stops_only_itself(
    host: Host, serve: Serve, caplog: Log
) -> None:
    first, _, third = three(host)
    reader = serve(host)
    for n in range(3):
        match = f'"name{n}": "second"'
        reader.server.fault("server-error", "github", count=0, match=match)

    output = reader.fail("Not read: repository ada/second")

    assert output.numbers == numbers(first + third)
    assert "Cannot read repository ada/second: too much at once" in caplog.text


def test_members_that_always_fail_cost_only_themselves(reader: Reader) -> None:
    whole = reader.run()
    reader.server.fault("server-error", "github", count=0, match="query Members")

    output = reader.fail("Not read: members of")

    assert output.rows["pull_requests"] == whole.rows["pull_requests"]
    assert output.rows["commits"] == whole.rows["commits"]
    assert output.records["users"]


def test_a_stream_whose_root_is_gone_stops_only_itself(reader: Reader) -> None:
    whole = reader.run()
    reader.server.remove("Query.nodes")

    output = reader.fail("Not read: stream pull_requests")

    assert not output.records["pull_requests"]
    assert output.rows["repositories"] == whole.rows["repositories"]
    assert output.rows["commits"] == whole.rows["commits"]


def test_a_service_that_is_down_ends_the_run_and_is_not_taken_for_one_bad_row(
    host: Host, serve: Serve
) -> None:
    three(host)
    reader = serve(host)
    reader.server.fault("server-error", "github", at=2, count=0)

    with pytest.raises(TapError, match=r"GitHub at http.*too much at once"):
        reader.run()

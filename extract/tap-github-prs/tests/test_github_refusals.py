"""What GitHub lists and does not return is not deleted, and is read later."""

from __future__ import annotations

import logging
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from handmade import Host, at, bookmarks, numbers, three, unread

from tap_github_prs.streams.refusal import refusal
from tap_github_prs.streams.unread import MOST_REMEMBERED
from tap_github_prs.transport.errors import GoneError

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Reader
    from pytest import LogCaptureFixture as Log  # noqa: PT013 - a type

    Serve = Callable[[Host], Reader]
    Rows = list[dict[str, Any]]


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
    """A pull request that was just created is not found by its ID yet.

    https://github.com/MarcusJellinghaus/mcp-workspace/issues/228
    """
    _, second, _ = three(host)
    late = second[10]
    reader = serve(host)
    # Missing once, and found in the retry.
    reader.server.fault("forbidden", "github", match=late["id"], code="NOT_FOUND")
    with caplog.at_level(logging.WARNING, "tap-github-prs"):
        output = reader.run()

    assert sorted(output.numbers) == sorted(
        row["number"] for row in host.world.github.pull_requests.values()
    )
    assert not unread(output)
    assert "is missing (NOT_FOUND: " in caplog.text
    assert reader.clock.waits == [5.0]


def test_a_pull_request_is_requested_with_the_token_that_listed_it(
    host: Host, serve: Serve
) -> None:
    """A token without access to a pull request does not find its ID.

    https://github.com/flowwer-dev/pull-request-stats/issues/8
    """
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
    # Slower than the tap writes, so that it does not read far ahead.
    reader.server.fault("latency", "github", count=0, match="Hydrate", seconds=0.05)

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

    output = reader.fail(
        "Not read: the rest of ada/second",
        watch=watch,
        page_size=2,
        max_parallel_requests=1,
    )
    host.world.github.repositories[repository] = kept["repository"]
    host.world.github.pull_requests.update(kept["rows"])
    reader.server.refresh()
    rest = reader.run(output.state)

    # A request that was in flight when the access was lost may have been answered.
    assert 0 < len(rest.numbers) <= 10
    assert rest.numbers == numbers(second[-len(rest.numbers) :])


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

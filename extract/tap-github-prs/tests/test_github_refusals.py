"""A pull request that GitHub has and does not give: its repository stops there."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, cast

import pytest

from tap_github_prs.errors import GoneError, TapError
from tap_github_prs.hydrate import _refusal
from tap_github_prs.tap import TapGitHubPRs

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Host, Reader
    from pytest import LogCaptureFixture as Log  # noqa: PT013 - a type

    from tap_github_prs.streams.pull_requests import PullRequests

    Serve = Callable[[Host], Reader]
    Messages = list[dict[str, Any]]


def at(n: int) -> str:
    return f"2024-05-05T00:00:{n:02d}Z"


def pull_requests(messages: Messages) -> list[int]:
    return [
        m["record"]["number"]
        for m in messages
        if m["type"] == "RECORD" and m["stream"] == "pull_requests"
    ]


def last_state(messages: Messages) -> dict[str, Any]:
    found: dict[str, Any] = [m["value"] for m in messages if m["type"] == "STATE"][-1]
    return found


def bookmarks(messages: Messages) -> dict[int, str]:
    """The bookmark of each repository."""
    state = last_state(messages)["bookmarks"]["pull_requests"]["partitions"]
    return {
        part["context"]["repository_id"]: part["replication_key_value"]
        for part in state
        if "replication_key_value" in part
    }


def three(host: Host) -> list[list[dict[str, Any]]]:
    """The pull requests of three repositories, each with a comment."""
    found = []
    for name in ("first", "second", "third"):
        repository = host.repository(name)
        rows = [host.pull_request(repository, at(n)) for n in range(20)]
        for row in rows:
            row["comments"] = [host.comment(row)]
        found.append(rows)
    return found


def number_of(host: Host, row: dict[str, Any]) -> int:
    found: int = host.world.github.repositories[row["repositoryId"]]["databaseId"]
    return found


@pytest.mark.parametrize("page_size", [25, 7, 1])
@pytest.mark.parametrize("type_", ["FORBIDDEN", "UNPROCESSABLE"])
def test_a_refused_pull_request_stops_its_repository_and_no_other(
    page_size: int, type_: str, host: Host, serve: Serve, caplog: Log
) -> None:
    first, second, third = three(host)
    refused = second[10]
    reader = serve(host)
    whole = reader.run()
    reader.server.fault("forbidden", "github", count=0, match=refused["id"], code=type_)
    messages: Messages = []

    with pytest.raises(TapError, match=rf"pull request {refused['number']} of ada/sec"):
        reader.run(watch=messages.append, page_size=page_size)

    said = f"Cannot read pull request {refused['number']} of ada/second"
    assert said in caplog.text
    assert f"{type_}: Resource not accessible" in caplog.text
    read = first + second[:10] + third
    assert pull_requests(messages) == [row["number"] for row in read]
    comments = [m for m in messages if m.get("stream") == "pr_issue_comments"]
    assert len([m for m in comments if m["type"] == "RECORD"]) == len(read)
    at_end = {number_of(host, rows[-1]): at(19) for rows in (first, third)}
    at_end[number_of(host, refused)] = at(9)
    assert bookmarks(messages) == {
        key: value.replace("Z", ".000Z") for key, value in at_end.items()
    }

    reader.server.clear_faults()
    rest = reader.run(last_state(messages))

    numbers = [row["number"] for row in rest.records["pull_requests"]]
    assert numbers == [row["number"] for row in second[10:]]
    assert sorted(pull_requests(messages) + numbers) == sorted(
        pull_requests(whole.messages)
    )


def test_a_refused_pull_request_on_the_second_of_the_bookmark_is_read_by_the_next_run(
    host: Host, serve: Serve
) -> None:
    repository = host.repository("one")
    rows = [host.pull_request(repository, at(1)) for _ in range(5)]
    reader = serve(host)
    order = pull_requests(reader.run().messages)
    refused = next(row for row in rows if row["number"] == order[2])
    reader.server.fault("forbidden", "github", count=0, match=refused["id"])
    messages: Messages = []
    with pytest.raises(TapError):
        reader.run(watch=messages.append)
    reader.server.clear_faults()

    rest = reader.run(last_state(messages))

    assert pull_requests(messages) == order[:2]
    assert pull_requests(rest.messages) == order[2:]


def test_of_a_whole_organization_too_a_refused_pull_request_is_a_failure(
    reader: Reader,
) -> None:
    some = next(iter(reader.server.world.github.pull_requests))
    reader.server.fault("forbidden", "github", count=0, match=some)

    with pytest.raises(TapError, match=r"Not read: pull request \d+ of"):
        reader.run()


def test_a_list_of_a_pull_request_that_is_refused_stops_its_repository(
    host: Host, serve: Serve
) -> None:
    first, second, third = three(host)
    second[4]["commits"] = [
        {
            "id": f"PRC_{n}",
            "commit": {
                "id": f"C_{n:040x}",
                "oid": f"{n:040x}",
                "authoredDate": at(1),
                "committedDate": at(1),
            },
        }
        for n in range(51)
    ]
    reader = serve(host)
    reader.server.fault(
        "not-in-plan", "github", match="commits", code="FORBIDDEN", above=50
    )
    messages: Messages = []

    with pytest.raises(TapError, match=f"pull request {second[4]['number']} of"):
        reader.run(watch=messages.append)

    read = first + second[:4] + third
    assert pull_requests(messages) == [row["number"] for row in read]


def test_a_refused_pull_request_with_an_edited_comment_is_asked_for_again(
    host: Host, serve: Serve
) -> None:
    _, second, third = three(host)
    reader = serve(host)
    before = reader.run()
    for row in (second[3], third[3]):
        row["comments"][0]["updatedAt"] = "2999-01-01T00:00:00Z"
    reader.server.refresh()
    reader.server.fault("forbidden", "github", count=0, match=second[3]["id"])
    messages: Messages = []
    with pytest.raises(TapError, match=f"pull request {second[3]['number']} of"):
        reader.run(before.state, watch=messages.append)
    reader.server.clear_faults()

    then = reader.run(last_state(messages))

    assert pull_requests(messages) == [third[3]["number"]]
    assert second[3]["number"] in pull_requests(then.messages)
    assert bookmarks(then.messages) == bookmarks(before.messages)


def test_a_pull_request_that_is_gone_is_passed_over(
    host: Host, serve: Serve, caplog: Log
) -> None:
    _, second, _ = three(host)
    gone = second[10]["id"]
    reader = serve(host)

    def remove(message: dict[str, Any]) -> None:
        if message["type"] == "STATE" and gone in host.world.github.pull_requests:
            del host.world.github.pull_requests[gone]
            reader.server.refresh()

    with caplog.at_level(logging.WARNING, "tap-github-prs"):
        output = reader.run(watch=remove, page_size=7)

    assert len(output.records["pull_requests"]) == 59
    assert f"Pull request {second[10]['number']} of" in caplog.text


def test_a_repository_that_vanishes_in_mid_run_is_not_taken_for_one_without_rows(
    host: Host, serve: Serve
) -> None:
    _, second, _ = three(host)
    repository = second[0]["repositoryId"]
    kept: dict[str, Any] = {}
    reader = serve(host)
    messages: Messages = []

    def watch(message: dict[str, Any]) -> None:
        messages.append(message)
        github = host.world.github
        # The token loses its access after ten of twenty are read.
        if message["type"] == "STATE" and len(pull_requests(messages)) >= 30:
            if not kept:
                kept["repository"] = github.repositories.pop(repository)
                kept["rows"] = {row["id"]: row for row in second}
                for row in second:
                    del github.pull_requests[row["id"]]
            reader.server.refresh()

    with pytest.raises(TapError, match="of ada/second"):
        reader.run(watch=watch, page_size=10)
    host.world.github.repositories[repository] = kept["repository"]
    host.world.github.pull_requests.update(kept["rows"])
    reader.server.refresh()
    rest = reader.run(last_state(messages))

    numbers = [row["number"] for row in rest.records["pull_requests"]]
    assert numbers == [row["number"] for row in second[10:]]


def test_a_thread_that_is_deleted_while_it_is_read_takes_its_comments_along(
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

    assert len(output.records["pr_comments"]) == 12
    assert len(output.records["pull_requests"]) == 1


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
def test_only_what_github_says_is_not_there_itself_is_taken_for_gone(
    *, error: dict[str, Any] | None, gone: bool
) -> None:
    assert isinstance(_refusal(error, ["nodes"]), GoneError) is gone


def test_a_pull_request_that_the_listing_hides_lets_the_older_ones_be_read(
    reader: Reader, caplog: Log
) -> None:
    listed: list[dict[str, Any] | None] = [
        {"id": f"PR_{n}", "number": n, "updatedAt": at(n)} for n in (9, 8, 7, 6)
    ]
    listed[1] = None
    tap = TapGitHubPRs(config=reader.config)
    stream = cast("PullRequests", tap.streams["pull_requests"])

    found = stream._list(
        {
            "databaseId": 1,
            "nameWithOwner": "ada/one",
            "pullRequests": {"nodes": listed, "pageInfo": {"hasNextPage": False}},
        }
    )

    assert [each.number for each in found] == [6, 7]
    assert "Cannot read a pull request of ada/one and what changed" in caplog.text
    with pytest.raises(TapError):
        tap.finish()

"""One fault stops one thing, and everything else is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from handmade import Host, at, numbers, three, unread

from tap_github_prs.common.errors import TapError

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Reader
    from pytest import LogCaptureFixture as Log  # noqa: PT013 - a type

    Serve = Callable[[Host], Reader]
    Rows = list[dict[str, Any]]


def test_a_thread_that_is_not_found_during_the_read_is_requested_again(
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
    assert "Cannot read repository ada/second: request too large" in caplog.text


def test_a_repository_whose_page_always_fails_is_named_and_the_others_are_read(
    reader: Reader,
) -> None:
    """After a repository that fails, the others are never started.

    https://github.com/singer-io/tap-github/issues/46
    """
    whole = reader.run()
    failing = whole.records["repositories"][1]
    node_id = next(
        row["id"]
        for row in reader.server.world.github.repositories.values()
        if row["databaseId"] == failing["id"]
    )
    reader.server.fault(
        "poisoned", "github", value=node_id, field="description", count=0
    )

    output = reader.fail(f"Not read: repository {failing['name_with_owner']} ")

    read = {row["id"] for row in output.records["repositories"]}
    assert read == {row["id"] for row in whole.records["repositories"]} - {
        failing["id"]
    }
    assert not [
        each
        for each in output.of("ACTIVATE_VERSION")
        if each["stream"] == "repositories"
    ]
    reader.server.clear_faults()
    assert reader.run(output.state).rows["pull_requests"] == (
        whole.rows["pull_requests"] - output.rows["pull_requests"]
    )


def test_a_repository_that_fails_in_the_first_request_of_a_run_stops_only_itself(
    reader: Reader,
) -> None:
    whole = reader.run()
    reader.server.fault("server-error", "github", count=0, match="query Repositories")

    output = reader.fail("Not read: repository ada/one", repositories=["ada/one"])

    assert output.rows["pull_requests"] == whole.rows["pull_requests"]


def test_members_that_always_fail_cost_only_themselves(reader: Reader) -> None:
    """One list that the token cannot read fails the whole run.

    https://github.com/airbytehq/airbyte/issues/2361
    """
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

    with pytest.raises(TapError, match=r"GitHub at http.*request too large"):
        reader.run()

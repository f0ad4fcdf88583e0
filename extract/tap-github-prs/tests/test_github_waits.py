"""Every wait and every response has an end, and each retry is a line."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING

import pytest

from tap_github_prs.common.errors import TapError

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Reader
    from handmade import Host
    from pytest import LogCaptureFixture as Log  # noqa: PT013 - a type

    Serve = Callable[[Host], Reader]


@pytest.fixture
def small(host: Host, serve: Serve) -> Reader:
    repository = host.repository("one")
    for n in range(9):
        host.pull_request(repository, f"2024-05-05T00:00:{n:02d}Z")
    return serve(host)


def test_a_response_that_trickles_in_ends_at_the_timeout_and_costs_no_row(
    small: Reader, caplog: Log
) -> None:
    small.server.fault("trickle", "github", at=2)

    output = small.run(request_timeout=1)

    assert small.server.stats()["github"]["faults"] == {"trickle": 1}
    assert len(output.records["pull_requests"]) == 9
    assert "no response in time (timed out)" in caplog.text


def test_responses_that_always_trickle_in_end_the_run_in_one_line(
    small: Reader,
) -> None:
    small.server.fault("trickle", "github", count=0)

    with pytest.raises(TapError, match="timed out"):
        small.run(request_timeout=1)
    # Three attempts, and the request that finds out whether GitHub answers at all.
    assert small.server.stats()["github"]["faults"] == {"trickle": 4}


def test_each_retry_is_a_line_with_what_failed_which_attempt_and_the_next(
    small: Reader, caplog: Log
) -> None:
    small.server.fault("server-error", "github", at=1, count=2, status=503)
    small.server.fault("secondary-limit", "github", at=3, seconds=7)
    small.server.fault("server-error", "github", match="Hydrate", status=502)
    with caplog.at_level(logging.WARNING, "tap-github-prs"):
        small.run()

    found = [re.sub(r" \(.*?\)", "", r.getMessage()) for r in caplog.records]
    assert found == [
        "server error: attempt 1 failed, next attempt in 1 s",
        "server error: attempt 2 failed, next attempt in 2 s",
        "secondary rate limit: attempt 3 failed",
        "From now on, the tap sends one request at a time",
        "GitHub's graphql limit is reached, next attempt in 7 s",
        "request too large: requesting fewer rows",
    ]


def test_a_reset_that_lies_in_the_past_again_and_again_is_waited_for_ever_longer(
    small: Reader,
) -> None:
    small.server.fault("rate-limited", "github", count=0, seconds=-3_600)

    with pytest.raises(TapError, match="raise max_wait_seconds"):
        small.run(max_wait_seconds=600)

    waits = small.clock.waits
    assert [round(wait) for wait in waits[:7]] == [1, 2, 4, 8, 16, 32, 60]
    assert small.server.stats()["github"]["faults"]["rate-limited"] < 20


def test_retry_after_on_503_is_obeyed(small: Reader) -> None:
    small.server.fault("secondary-limit", "github", at=2, status=503, seconds=17)
    small.run()

    assert [round(wait) for wait in small.clock.waits] == [17]


def test_a_retry_after_of_years_ends_the_run_with_what_to_do(small: Reader) -> None:
    small.server.fault("secondary-limit", "github", at=2, seconds=10**8)

    with pytest.raises(TapError, match="raise max_wait_seconds"):
        small.run()
    assert not small.clock.waits


@pytest.mark.parametrize("status", [408, 503])
def test_a_request_timeout_of_the_server_is_tried_again(
    status: int, small: Reader
) -> None:
    small.server.fault("server-error", "github", at=1, count=2, status=status)

    assert len(small.run().records["pull_requests"]) == 9
    assert small.clock.waits == [1, 2]


# Lists that do not continue


LISTS = {
    "the pull requests of a repository": ("pullRequests", "the pull requests of"),
    "a list below a pull request": ("comments", "pull request"),
    "the commits of a branch": ("history", "commits of ada/one"),
}


@pytest.fixture
def long(host: Host, serve: Serve) -> Reader:
    repository = host.repository("one")
    rows = [host.pull_request(repository, host.second(n)) for n in range(130)]
    rows[0]["comments"] = [host.comment(rows[0]) for _ in range(170)]
    host.world.github.repositories[repository]["commits"] = [
        {
            "id": f"C_{n}",
            "oid": f"{n:040x}",
            "parents": [f"{n + 1:040x}"],
            "authoredDate": host.second(0),
            "committedDate": host.second(0),
        }
        for n in range(130)
    ]
    return serve(host)


@pytest.mark.parametrize("cursor", [None, "null"])
@pytest.mark.parametrize("what", LISTS)
def test_a_list_whose_cursor_does_not_advance_ends_and_is_named(
    what: str, cursor: str | None, long: Reader
) -> None:
    """A page without endCursor is requested without end.

    https://github.com/zerocracy/judges-action/issues/2142
    """
    field, name = LISTS[what]
    whole = long.run()
    long.server.forget_stats()
    long.server.fault("repeated-cursor", "github", field=field, count=0, value=cursor)

    output = long.fail(f"Not read: {name}")
    asked = sum(long.requests.values())
    long.server.clear_faults()
    then = long.run(output.state)

    # A page of each list, again at the end of the run, and few retries.
    assert asked <= 2 * 130 + 40
    assert sum(long.clock.waits) < 60
    for stream in ("pull_requests", "pr_issue_comments", "commits"):
        everything = output.keyed(stream) | then.keyed(stream)
        assert everything.keys() == whole.keyed(stream).keys()


def test_a_page_whose_cursor_is_missing_once_is_requested_again(long: Reader) -> None:
    whole = long.run()
    long.server.fault(
        "repeated-cursor", "github", field="history", at=2, match="Commit"
    )

    output = long.run()

    assert output.rows == whole.rows


def test_a_list_of_members_without_an_end_ends(reader: Reader) -> None:
    reader.server.fault(
        "repeated-cursor", "github", field="membersWithRole", count=0, value="null"
    )
    reader.server.forget_stats()

    output = reader.fail("Not read: members of")

    assert reader.requests["Members"] <= 3
    assert output.records["users"]


def test_a_rest_list_that_links_to_itself_ends(host: Host, serve: Serve) -> None:
    row = host.pull_request(host.repository("one"), host.second(1))
    row["comments"] = [host.comment(row)]
    reader = serve(host)
    first = reader.run()
    row["comments"][0] |= {"body": "Edited", "updatedAt": "2999-01-01T00:00:00Z"}
    reader.server.refresh()
    reader.server.forget_stats()
    reader.server.fault("self-link", "github", count=0, match="/comments")

    output = reader.run(first.state)

    assert [r["body"] for r in output.records["pr_issue_comments"]] == ["Edited"]
    assert sum(n for name, n in reader.requests.items() if "/comments" in name) < 10

"""Pages that are too much for GitHub: halved, continued, nothing lost or twice."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from graphql import OperationDefinitionNode, print_ast

from tap_github_prs.common.errors import TapError
from tap_github_prs.documents import definitions

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable

    from conftest import Reader
    from handmade import Host

    Serve = Callable[[Host], Reader]

AT = "2024-05-05T00:00:00Z"
REFUSED = "graphql (server-error)"


def commit(n: int, total: int) -> dict[str, Any]:
    """The n-th newest commit of a branch with the given number of commits."""
    return {
        "id": f"C_{n:040x}",
        "oid": f"{n:040x}",
        "parents": [f"{n + 1:040x}"] if n < total - 1 else [],
        "message": str(n),
        "url": f"https://github.com/ada/one/commit/{n:040x}",
        "authoredDate": AT,
        "committedDate": AT,
        "author": {"name": "Ada", "email": "ada@example.com", "userId": "U_1"},
    }


def refuse_pages_above(reader: Reader, size: int, match: str = "") -> None:
    reader.server.fault("server-error", "github", count=0, above=size, match=match)


def test_a_pull_request_with_more_commits_than_github_gives_at_once_is_read_whole(
    host: Host, serve: Serve
) -> None:
    row = host.pull_request(host.repository("one"), AT)
    row["commits"] = [{"id": f"PRC_{n}", "commit": commit(n, 250)} for n in range(250)]
    reader = serve(host)
    refuse_pages_above(reader, 10)

    output = reader.run()

    found = [row["message"] for row in output.records["pr_commits"]]
    assert found == [str(n) for n in range(250)]
    assert not reader.clock.waits  # fewer rows are requested at once, not later
    asked = reader.requests
    assert asked["MorePullRequestCommits"] >= 200 / 10
    # From 100 down to 6, and then one refusal each time that it has grown to 11.
    assert asked[REFUSED] <= 4 + asked["MorePullRequestCommits"] / 5


def test_a_default_branch_of_which_github_gives_little_at_once_is_read_whole(
    host: Host, serve: Serve
) -> None:
    repository = host.repository("one")
    commits = host.world.github.repositories[repository]["commits"]
    commits[:] = [commit(n, 330) for n in range(330)]
    reader = serve(host)
    refuse_pages_above(reader, 10)
    first = reader.run()
    commits[:0] = [commit(n, 330) for n in range(-120, 0)]
    reader.server.refresh()

    then = reader.run(first.state)

    found = [row["message"] for row in first.records["commits"]]
    assert found == [str(n) for n in range(330)]
    new = [row["message"] for row in then.records["commits"]]
    assert new == [str(n) for n in range(-120, 0)]


def test_every_list_of_a_company_is_read_whole_though_no_page_may_exceed_ten(
    reader: Reader,
) -> None:
    whole = reader.run().rows
    refuse_pages_above(reader, 10)

    assert reader.run().rows == whole
    assert reader.server.stats()["github"]["faults"]["server-error"]


def test_a_listing_of_which_github_gives_little_at_once_is_read_whole(
    host: Host, serve: Serve
) -> None:
    repository = host.repository("one")
    for n in range(150):
        host.pull_request(repository, f"2024-05-05T00:{n // 60:02d}:{n % 60:02d}Z")
    reader = serve(host)
    refuse_pages_above(reader, 10, "ListPullRequests")

    assert len(reader.run().keyed("pull_requests")) == 150


def test_threads_that_are_too_much_at_once_are_read_one_by_one_with_their_comments(
    host: Host, serve: Serve
) -> None:
    row = host.pull_request(host.repository("one"), AT)
    row["reviewThreads"] = [
        {
            "id": f"PRRT_{n}",
            "diffSide": "RIGHT",
            "comments": [host.comment(row) for _ in range(12)],
        }
        for n in range(30)
    ]
    reader = serve(host)
    refuse_pages_above(reader, 1)

    output = reader.run()

    assert len(output.records["pr_comments"]) == 30 * 12
    assert len(output.keyed("pr_comments")) == 30 * 12
    asked = reader.requests
    assert asked["MoreReviewThreads"] == 30 - 5  # the first 5 come with it
    assert asked["MoreReviewComments"] <= 30 * 2  # some share a request of one row each


def test_a_page_of_one_that_always_fails_is_named_after_all_retries(
    host: Host, serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    row = host.pull_request(host.repository("one"), AT)
    row["comments"] = [host.comment(row) for _ in range(60)]
    reader = serve(host)
    reader.server.fault("server-error", "github", count=0, match="MoreIssueComments")

    with pytest.raises(TapError, match=f"pull request {row['number']} of ada/one"):
        reader.run()
    # 100, 50, 25, 12, 6, 3 at once; one is repeated like any other failure, and twice
    # when the pull request is requested again at the end.
    assert reader.requests[REFUSED] == 6 + 8 + 2
    assert "comments: request too large" in caplog.text


def test_the_page_size_of_a_list_is_kept_for_the_next_pull_request(
    host: Host, serve: Serve
) -> None:
    repository = host.repository("one")
    for _ in range(3):
        row = host.pull_request(repository, AT)
        row["comments"] = [host.comment(row) for _ in range(61)]
    reader = serve(host)
    refuse_pages_above(reader, 25)

    output = reader.run(max_parallel_requests=1)

    assert len(output.records["pr_issue_comments"]) == 3 * 61
    # 100 of all three at once, then 100 and 50 of one, 26 at most once.
    assert reader.requests[REFUSED] <= 4


def continued() -> dict[str, str]:
    """The operations that continue from a cursor."""
    texts = {
        name: print_ast(definition)
        for name, definition in definitions.read().items()
        if isinstance(definition, OperationDefinitionNode)
    }
    return {name: text for name, text in texts.items() if "after:" in text}


@pytest.mark.parametrize("operation", continued())
def test_every_page_that_is_continued_can_be_made_smaller(operation: str) -> None:
    pages = re.findall(r"first: (\S+?),? ?\s*after:", continued()[operation])

    assert pages
    assert set(pages) == {"$first"}


def test_an_untroubled_run_asks_for_the_largest_pages(host: Host, serve: Serve) -> None:
    row = host.pull_request(host.repository("one"), AT)
    row["comments"] = [host.comment(row) for _ in range(250)]
    row["commits"] = [{"id": f"PRC_{n}", "commit": commit(n, 250)} for n in range(250)]
    reader = serve(host)
    reader.run()

    asked: Counter[str] = reader.requests
    assert asked["NestedPages"] == 2  # 100 of both lists in each

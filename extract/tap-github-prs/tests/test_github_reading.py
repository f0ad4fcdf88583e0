"""What is read, and with how many requests: boundaries first."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable

    from conftest import Reader
    from handmade import Host

    Serve = Callable[[Host], Reader]

GRAPHQL_READS = (
    "Repositories",
    "OrganizationRepositories",
    "ListPullRequests",
    "HydratePullRequests",
)


def graphql(requests: Counter[str]) -> int:
    return sum(count for name, count in requests.items() if not name.startswith("/"))


def overflows(requests: Counter[str]) -> int:
    return sum(count for name, count in requests.items() if name.startswith("More"))


# Requests


@pytest.mark.parametrize(
    ("total", "batches"),  # of 25, 31, 38 and 40 at most
    [(1, 1), (25, 1), (26, 2), (100, 4), (101, 4), (107, 4), (134, 5), (250, 8)],
)
def test_a_first_load_costs_a_request_per_100_listed_and_per_25_or_more_hydrated(
    total: int, batches: int, host: Host, serve: Serve
) -> None:
    repository = host.repository("one")
    for n in range(total):
        host.pull_request(repository, host.second(n))
    reader = serve(host)

    output = reader.run()

    assert len(output.records["pull_requests"]) == total
    requests = reader.requests
    assert graphql(requests) == ceil(total / 100) + batches


def test_a_first_load_of_a_company_keeps_to_its_budget_of_requests(
    reader: Reader,
) -> None:
    output = reader.run()

    total = len(output.records["pull_requests"])
    requests = reader.requests
    reads = sum(requests[name] for name in GRAPHQL_READS)
    assert total > 25
    assert reads <= ceil(total / 100) + ceil(total / 25)
    commits = len(output.records["commits"])
    branches = len({row["repository_id"] for row in output.records["commits"]})
    assert requests["ListCommits"] <= commits / 100 + branches
    assert requests["Members"] == 1


def test_overflowing_lists_share_a_request_per_page_and_lose_nothing(
    host: Host, serve: Serve
) -> None:
    row = host.pull_request(host.repository("one"), host.second(1))
    row["comments"] = [host.comment(row) for _ in range(260)]
    row["files"] = [
        {"path": f"file-{n}", "changeType": "ADDED", "additions": 1, "deletions": 0}
        for n in range(101)
    ]
    thread = {
        "id": "PRRT_1",
        "diffSide": "RIGHT",
        "comments": [host.comment(row) for _ in range(11)],
    }
    row["reviewThreads"] = [thread]
    reader = serve(host)

    output = reader.run()

    assert len(output.keyed("pr_issue_comments")) == 260
    assert len(output.keyed("pr_files")) == 101
    assert len(output.keyed("pr_comments")) == 11
    requests = reader.requests
    assert requests["NestedPages"] == 1  # the second page of all three
    assert requests["MoreIssueComments"] == 2  # 50 and 100, then 100 and 10
    assert overflows(requests) == 2


@pytest.mark.parametrize(("repositories", "requests"), [(1, 1), (20, 1), (21, 2)])
def test_one_request_lists_twenty_unchanged_repositories(
    repositories: int, requests: int, host: Host, serve: Serve
) -> None:
    for n in range(repositories):
        host.pull_request(host.repository(f"repository-{n}"), host.second(n))
    reader = serve(host)
    first = reader.run()
    before = reader.run(first.state)  # learns the ETags
    reader.server.forget_stats()

    output = reader.run(before.state)

    assert not output.records["pull_requests"]
    asked = reader.requests
    assert graphql(asked) == requests
    assert sum(asked.values()) - requests == 2 * repositories
    statuses = reader.server.stats()["github"]["statuses"]
    assert statuses["304"] == 2 * repositories


@pytest.mark.parametrize("changed", [1, 3, 26])
def test_changed_pull_requests_cost_a_request_per_25(
    changed: int, host: Host, serve: Serve
) -> None:
    repositories = [host.repository(f"repository-{n}") for n in range(4)]
    rows = [host.pull_request(repositories[n % 4], host.second(n)) for n in range(40)]
    reader = serve(host)
    first = reader.run()
    for n, row in enumerate(rows[:changed]):
        row["updatedAt"] = host.second(10_000 + n)
    reader.server.refresh()
    reader.server.forget_stats()

    output = reader.run(first.state)

    assert sorted(output.numbers) == sorted(row["number"] for row in rows[:changed])
    unchanged = 1
    assert graphql(reader.requests) <= unchanged + 2 + changed / 25


# Boundaries of the bookmark


def test_a_pull_request_on_the_bookmarks_second_is_read_if_it_was_not(
    host: Host, serve: Serve
) -> None:
    repository = host.repository("one")
    host.pull_request(repository, host.second(1))
    reader = serve(host)
    first = reader.run()
    late = host.pull_request(repository, host.second(1))
    reader.server.refresh()

    output = reader.run(first.state)

    assert output.numbers == [late["number"]]


def test_a_pull_request_whose_second_is_not_over_is_read_again(
    host: Host, serve: Serve
) -> None:
    row = host.pull_request(host.repository("one"), "2999-01-01T00:00:00Z")
    reader = serve(host)
    first = reader.run()
    row["title"] = "Changed within the second"
    reader.server.refresh()

    output = reader.run(first.state)

    assert [r["title"] for r in output.records["pull_requests"]] == [row["title"]]


def test_300_pull_requests_on_one_second_come_once_each_from_every_state(
    host: Host, serve: Serve
) -> None:
    repository = host.repository("one")
    for _ in range(300):
        host.pull_request(repository, host.second(1))
    reader = serve(host)
    whole = reader.run()

    assert len(whole.numbers) == len(set(whole.numbers)) == 300
    for position, message in enumerate(whole.messages):
        if message["type"] != "STATE" or position % 3:
            continue
        before = [
            m["record"]["number"]
            for m in whole.messages[:position]
            if m.get("stream") == "pull_requests" and m["type"] == "RECORD"
        ]
        after = reader.run(message["value"]).numbers
        assert sorted(before + after) == sorted(whole.numbers)


def test_what_changes_while_the_tap_reads_waits_for_the_next_run(
    host: Host, serve: Serve
) -> None:
    repository = host.repository("one")
    rows = [host.pull_request(repository, host.second(n)) for n in range(60)]
    reader = serve(host)

    def touch(message: dict[str, Any]) -> None:
        if message["type"] == "STATE" and rows[50]["updatedAt"] == host.second(50):
            rows[50]["updatedAt"] = host.second(9_999)
            rows[50]["title"] = "Touched"
            reader.server.refresh()

    first = reader.run(watch=touch)
    then = reader.run(first.state)

    assert first.bookmark == host.second(59).replace("Z", ".000Z")
    assert then.numbers == [rows[50]["number"]]
    assert then.bookmark == host.second(9_999).replace("Z", ".000Z")


def test_the_bookmark_moves_only_forward_and_only_over_complete_pull_requests(
    host: Host, serve: Serve
) -> None:
    repository = host.repository("one")
    for n in range(60):
        row = host.pull_request(repository, host.second(n))
        row["comments"] = [host.comment(row)]
    output = serve(host).run()

    seen: list[str] = []
    children: set[int] = set()
    parents: dict[int, str] = {}
    for message in output.messages:
        if message["type"] == "RECORD":
            row = message["record"]
            if message["stream"] == "pr_issue_comments":
                children.add(row["pull_request_id"])
            if message["stream"] == "pull_requests":
                assert row["id"] in children
                parents[row["id"]] = row["updated_at"]
        if message["type"] == "STATE":
            bookmarks = message["value"]["bookmarks"].get("pull_requests", {})
            for part in bookmarks.get("partitions", []):
                value = part.get("replication_key_value", "")
                seen.append(value)
                assert all(at <= value for at in parents.values())
    assert seen == sorted(seen)
    assert len(set(seen)) >= 3


def test_start_date_leaves_out_what_has_not_changed_since(
    host: Host, serve: Serve
) -> None:
    repository = host.repository("one")
    rows = [host.pull_request(repository, host.second(n)) for n in range(10)]
    output = serve(host).run(start_date=host.second(5))

    assert output.numbers == [row["number"] for row in rows[5:]]


def test_lookback_reads_again_what_changed_shortly_before_the_bookmark(
    host: Host, serve: Serve
) -> None:
    repository = host.repository("one")
    rows = [host.pull_request(repository, host.second(n)) for n in range(10)]
    reader = serve(host)
    first = reader.run()

    output = reader.run(first.state, lookback_seconds=3)

    assert output.numbers == [row["number"] for row in rows[6:]]


def test_a_newly_selected_stream_is_read_from_the_beginning(
    host: Host, serve: Serve, select: Callable[..., dict[str, Any]]
) -> None:
    row = host.pull_request(host.repository("one"), host.second(1))
    row["comments"] = [host.comment(row)]
    reader = serve(host)
    first = reader.run(catalog=select(pull_requests=None))
    both = select(pull_requests=None, pr_issue_comments=None)

    second_run = reader.run(first.state, catalog=both)
    third = reader.run(second_run.state, catalog=both)

    assert len(second_run.records["pr_issue_comments"]) == 1
    assert not third.records["pr_issue_comments"]

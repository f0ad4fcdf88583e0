"""Several requests at the same time: the same messages, within GitHub's limits."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from tap_github_prs.common.nested_pages import NestedPages
from tap_github_prs.streams.details import Details
from tap_github_prs.transport.auth import Clock, StaticToken, TokenPool
from tap_github_prs.transport.budgets import Budget

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Output, Reader
    from handmade import Host

    Serve = Callable[[Host], Reader]

DETAILS = "HydratePullRequests"


def repository(host: Host, total: int, comments: int = 0) -> None:
    """Add a repository with pull requests that have some comments each."""
    node_id = host.repository("one")
    for n in range(total):
        row = host.pull_request(node_id, host.second(n))
        row["comments"] = [host.comment(row) for _ in range(comments)]


def written(output: Output) -> list[str]:
    """What a run wrote, in its order, without the times of the run."""
    messages = json.loads(json.dumps(output.messages, default=str))
    for message in messages:
        message.pop("time_extracted", None)
        message.pop("version", None)
        if state := message.get("value"):
            bookmark = state["bookmarks"].get("pull_requests")
            message["value"] = [bookmark, state.get("list_lengths")]
    return [json.dumps(message) for message in messages]


def commit(n: int, total: int) -> dict[str, Any]:
    """The n-th newest commit of a default branch."""
    at = "2024-05-05T00:00:00Z"
    return {
        "id": f"C_{n}",
        "oid": f"{n:040x}",
        "parents": [f"{n + 1:040x}"] if n < total - 1 else [],
        "message": str(n),
        "url": f"https://github.com/ada/one/commit/{n:040x}",
        "authoredDate": at,
        "committedDate": at,
        "author": {"name": "Ada", "email": "ada@example.com", "userId": "U_1"},
    }


def test_four_requests_at_a_time_write_the_same_messages_in_the_same_order_as_one(
    host: Host, serve: Serve
) -> None:
    repository(host, 130, comments=3)
    rows = list(host.world.github.pull_requests.values())
    for row in rows[::20]:
        row["comments"] = [host.comment(row) for _ in range(180)]
    (branch,) = host.world.github.repositories.values()
    branch["commits"] = [commit(n, 230) for n in range(230)]
    reader = serve(host)
    reader.server.fault("latency", "github", rate=0.5, seconds=0.05, seed=3)

    several = reader.run(page_size=10, max_parallel_requests=4)
    most = reader.server.stats()["github"]["most_in_flight"]
    one = reader.run(page_size=10, max_parallel_requests=1)

    assert most > 1
    assert len(several.records["commits"]) == 230
    assert len(several.states) >= 13
    assert written(several) == written(one)


@pytest.mark.parametrize("most", [1, 3])
def test_no_more_requests_are_sent_at_the_same_time_than_the_setting_allows(
    most: int, host: Host, serve: Serve
) -> None:
    repository(host, 80)
    reader = serve(host)
    reader.server.fault("latency", "github", count=0, seconds=0.3)

    reader.run(page_size=10, max_parallel_requests=most)

    assert reader.server.stats()["github"]["most_in_flight"] == most


def test_after_a_secondary_rate_limit_the_tap_sends_one_request_at_a_time(
    host: Host, serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    repository(host, 80)
    reader = serve(host)
    reader.server.fault("secondary-limit", "github", match=DETAILS, seconds=1)
    reader.server.fault("latency", "github", count=0, seconds=0.03)

    output = reader.run(page_size=10)

    assert len(output.numbers) == 80
    assert reader.server.stats()["github"]["most_in_flight"] == 1
    lines = [record.getMessage() for record in caplog.records]
    assert lines.count("From now on, the tap sends one request at a time") == 1


def test_lists_of_many_pull_requests_continue_in_requests_that_are_sent_anyway(
    host: Host, serve: Serve
) -> None:
    repository(host, 75, comments=60)
    reader = serve(host)

    output = reader.run(max_parallel_requests=1)

    assert len(output.records["pr_issue_comments"]) == 75 * 60
    requests = reader.requests
    # Those of the first two batches in the next batch, those of the last in their own.
    assert requests[DETAILS] == 3
    assert requests["NestedPages"] == 1


def test_a_list_that_grows_too_long_for_all_batches_ahead_is_read_to_its_end(
    host: Host, serve: Serve
) -> None:
    repository(host, 60)
    first = next(iter(host.world.github.pull_requests.values()))
    first["comments"] = [host.comment(first) for _ in range(2_100)]
    reader = serve(host)

    output = reader.run(page_size=2)

    assert len(output.records["pr_issue_comments"]) == 2_100
    assert output.numbers[0] == first["number"]


@pytest.mark.parametrize("kind", ["server-error", "resource-limits", "cut", "vague"])
def test_lists_that_fail_together_with_pull_requests_are_read_without_them(
    kind: str, host: Host, serve: Serve
) -> None:
    repository(host, 75, comments=60)
    reader = serve(host)
    whole = reader.run().rows
    reader.server.fault(kind, "github", count=3, match="r0: node")

    output = reader.run()

    assert output.rows == whole
    assert reader.server.stats()["github"]["faults"][kind] == 3


def test_a_run_that_is_killed_with_requests_in_flight_loses_nothing(
    host: Host, serve: Serve
) -> None:
    repository(host, 60, comments=2)
    reader = serve(host)
    whole = reader.run(page_size=5)
    for die_at in range(0, len(whole.messages), 23):
        killed = reader.run(page_size=5, die_at=die_at)
        rest = reader.run(killed.states[-1] if killed.states else None, page_size=5)

        for stream in ("pull_requests", "pr_issue_comments"):
            found = killed.records[stream] + rest.records[stream]
            assert {row["id"] for row in found} == {
                row["id"] for row in whole.records[stream]
            }


def test_requests_continue_while_the_target_does_not_read(
    host: Host, serve: Serve
) -> None:
    repository(host, 120)
    reader = serve(host)
    asked = []

    def stop_reading(message: dict[str, Any]) -> None:
        """Continue to read after all details were requested, or after a time limit."""
        if message["type"] == "RECORD" and message["stream"] == "pull_requests":
            deadline = time.monotonic() + 10
            while reader.requests[DETAILS] < 12 and time.monotonic() < deadline:
                time.sleep(0.02)
            asked.append(reader.requests[DETAILS])

    reader.run(page_size=10, watch=stop_reading)

    assert asked[0] == 12


def test_the_commits_are_requested_beside_the_last_pull_requests(
    host: Host, serve: Serve
) -> None:
    repository(host, 60)
    (branch,) = host.world.github.repositories.values()
    branch["commits"] = [commit(n, 230) for n in range(230)]
    reader = serve(host)
    reader.server.fault("latency", "github", count=0, match=DETAILS, seconds=0.05)
    asked = []

    def stop_reading(message: dict[str, Any]) -> None:
        """Wait for all commits to be requested, or for a time limit."""
        if message["type"] == "RECORD" and message["stream"] == "pull_requests":
            deadline = time.monotonic() + 10
            while reader.requests["ListCommits"] < 3 and time.monotonic() < deadline:
                time.sleep(0.02)
            asked.append(reader.requests["ListCommits"])

    output = reader.run(page_size=10, watch=stop_reading)

    assert asked[0] == 3
    assert reader.requests["ListCommits"] == 3
    found = [row["message"] for row in output.records["commits"]]
    assert found == [str(n) for n in range(230)]


def test_the_first_batch_of_many_is_small_and_the_last_ones_are_of_one_size() -> None:
    details = Details(cast("Any", None), 40, NestedPages(5))
    sizes, left = [], 1_000
    while left:
        sizes.append(details.next_size(left))
        left -= sizes[-1]
        details.is_warm = True

    assert sizes[:5] == [5, 25, 31, 38, 40]
    assert max(sizes[-8:]) - min(sizes[-8:]) <= 1
    assert len(sizes) == 27


def test_requests_in_flight_never_reserve_more_points_than_a_token_has_left() -> None:
    token = StaticToken("secret", budgets={"graphql": Budget(remaining=20)})
    pool = TokenPool([token], Clock())

    assert [pool.reserve(token, "graphql", 8) for _ in range(3)] == [True, True, False]
    pool.release(token, "graphql", 8)
    assert pool.reserve(token, "graphql", 8)
    pool.release(token, "graphql", 8)
    pool.release(token, "graphql", 8)
    token.budgets["graphql"].remaining = 4
    assert pool.reserve(token, "graphql", 8)  # alone: GitHub decides


def test_the_newest_budget_counts_in_whatever_order_responses_arrive() -> None:
    budget = Budget(in_flight=24)

    spent = [budget.note(left, reset="1") for left in (100, 84, 92, 76)]

    assert spent == [0, 16, 0, 8]
    assert budget.remaining == 76
    budget.note(5_000, reset="3601")
    assert budget.remaining == 5_000


def test_no_more_requests_are_sent_in_a_minute_than_github_allows() -> None:
    budget = Budget(remaining=5_000)
    for second in range(10):
        budget.reserve(1, now=float(second))

    assert budget.seconds_to_next(now=9.5, most=10) == pytest.approx(50.5)
    assert budget.seconds_to_next(now=60.5, most=10) == 0
    unlimited = Budget()
    unlimited.sent_at.extend([0.0] * 50)
    assert unlimited.seconds_to_next(now=1, most=10) == 0


def test_sigterm_ends_the_tap_at_once_with_several_requests_in_flight(
    host: Host, serve: Serve, tmp_path: Path
) -> None:
    repository(host, 80)
    reader = serve(host)
    reader.server.fault("latency", "github", at=2, count=0, match=DETAILS, seconds=50)
    config: dict[str, Any] = {**reader.config, "page_size": 10}
    (tmp_path / "config.json").write_text(json.dumps(config))
    command = [str(Path(sys.executable).parent / "tap-github-prs")]
    with subprocess.Popen(
        [*command, "--config", str(tmp_path / "config.json")],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        while reader.server.stats()["github"]["most_in_flight"] < 4:
            assert process.poll() is None
            time.sleep(0.05)
        process.terminate()
        _, errors = process.communicate(timeout=30)  # less than the latency

    assert process.returncode == 128 + signal.SIGTERM
    assert "continues from the last state" in errors
    assert "Traceback" not in errors

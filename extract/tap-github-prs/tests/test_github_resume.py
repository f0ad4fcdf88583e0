"""Killed at any moment and resumed from the last STATE, nothing is lost."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from handmade import Host, without_times

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Output, Reader

    Serve = Callable[[Host], Reader]

TABLES = (
    "repositories",
    "users",
    "pull_requests",
    "pr_reviews",
    "pr_comments",
    "pr_issue_comments",
    "pr_files",
    "pr_commits",
    "pr_events",
    "commits",
    "deployments",
    "releases",
)
Rows = dict[str, dict[tuple[Any, ...], dict[str, Any]]]


@pytest.fixture(scope="module")
def whole(read_company: Callable[..., Reader], company_server: Any) -> Output:  # noqa: ANN401
    return read_company(company_server).run(page_size=7)


def union(schemas: Output, *messages: list[dict[str, Any]]) -> Rows:
    """What an upserting target holds after some runs."""
    keys = {m["stream"]: m["key_properties"] for m in schemas.of("SCHEMA")}
    held: Rows = {name: {} for name in TABLES}
    for run in messages:
        for message in run:
            if message["type"] == "RECORD":
                stream, row = message["stream"], message["record"]
                key = tuple(row[name] for name in keys[stream])
                held[stream][key] = without_times(row)
    return held


def up_to_last_state(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    last = max(
        (n for n, message in enumerate(messages) if message["type"] == "STATE"),
        default=-1,
    )
    return messages[: last + 1]


@pytest.mark.parametrize("seed", range(20))
def test_killed_at_a_random_message_and_resumed_the_union_is_the_whole(
    seed: int, reader: Reader, whole: Output
) -> None:
    at = random.Random(seed).randrange(len(whole.messages))  # noqa: S311 - repeatable
    killed = reader.run(die_at=at, page_size=7)
    # What came after the last STATE may be lost with the target.
    kept = up_to_last_state(killed.messages)
    state = kept[-1]["value"] if kept else None
    reader.server.forget_stats()

    resumed = reader.run(state, page_size=7)

    assert union(whole, kept, resumed.messages) == union(whole, whole.messages)
    again = {
        row["id"]
        for message in kept
        if message.get("stream") == "pull_requests" and message["type"] == "RECORD"
        for row in [message["record"]]
    } & {row["id"] for row in resumed.records["pull_requests"]}
    assert not again


def test_replayed_from_every_state_the_union_is_the_whole(
    recorded_reader: Reader,
) -> None:
    whole = recorded_reader.run(page_size=5)
    expected = union(whole, whole.messages)
    positions = [n for n, m in enumerate(whole.messages) if m["type"] == "STATE"]

    assert len(positions) >= 49 / 5
    for position in positions:
        before = whole.messages[: position + 1]
        after = recorded_reader.run(before[-1]["value"], page_size=5).messages
        assert union(whole, before, after) == expected


def test_a_crash_in_the_third_repository_keeps_the_first_two_and_part_of_it(
    host: Host, serve: Serve
) -> None:
    for name in ("first", "second", "third"):
        repository = host.repository(name)
        for n in range(20):
            host.pull_request(repository, f"2024-05-05T00:00:{n:02d}Z")
    reader = serve(host)
    whole = reader.run(page_size=5)
    third = whole.records["pull_requests"][52]
    at = next(
        n
        for n, message in enumerate(whole.messages)
        if message.get("record", {}).get("id") == third["id"]
    )

    killed = reader.run(die_at=at, page_size=5)
    resumed = reader.run(killed.state, page_size=5)

    numbers = [row["number"] for row in whole.records["pull_requests"]]
    assert [r["number"] for r in resumed.records["pull_requests"]] == numbers[50:]


def test_a_killed_first_load_of_commits_continues_at_the_same_page(
    host: Host, serve: Serve
) -> None:
    repository = host.repository("one")
    host.world.github.repositories[repository]["commits"] = [
        {
            "id": f"C_{n}",
            "oid": f"{n:040x}",
            "parents": [f"{n + 1:040x}"] if n < 449 else [],
            "message": str(n),
            "url": "https://github.com/ada/one/commit",
            "authoredDate": "2024-06-01T00:00:00Z",
            "committedDate": "2024-06-01T00:00:00Z",
        }
        for n in range(450)
    ]
    reader = serve(host)
    whole = reader.run()
    at = next(
        n
        for n, message in enumerate(whole.messages)
        if message.get("record", {}).get("message") == "310"
    )
    killed = reader.run(die_at=at)
    reader.server.forget_stats()

    resumed = reader.run(killed.state)

    assert reader.requests["ListCommits"] == 2
    assert [row["message"] for row in resumed.records["commits"]] == [
        str(n) for n in range(300, 450)
    ]


@pytest.mark.parametrize("seed", range(3))
def test_a_killed_process_leaves_a_state_that_is_whole(
    seed: int, reader: Reader, whole: Output, tmp_path: Path
) -> None:
    """SIGKILL, not an exception: what was on its way is cut anywhere."""
    settings = tmp_path / "config.json"
    settings.write_text(json.dumps({**reader.config, "page_size": 7}))
    command = [str(Path(sys.executable).parent / "tap-github-prs")]
    lines = random.Random(seed).randrange(20, len(whole.messages))  # noqa: S311 - repeatable
    with subprocess.Popen(
        [*command, "--config", str(settings)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        assert process.stdout
        raw = [process.stdout.readline() for _ in range(lines)]
        process.send_signal(signal.SIGKILL)
        raw += process.stdout.readlines()
    messages = [json.loads(line) for line in raw if line.endswith(b"\n")]
    kept = up_to_last_state(messages)

    resumed = reader.run(kept[-1]["value"] if kept else None, page_size=7)

    held = union(whole, kept, resumed.messages)
    assert held == union(whole, whole.messages)

"""Each limit and failure alone, and all at random: complete, no duplicate."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

import pytest
from handmade import without_times

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    from conftest import Reader

    from sandbox.testing import ApiServer

    Command = Callable[..., subprocess.CompletedProcess[str]]
    Rows = dict[str, Counter[str]]

RULES: dict[str, dict[str, Any]] = {
    "502": {"kind": "server-error", "status": 502},
    "504": {"kind": "server-error", "status": 504},
    "500": {"kind": "server-error", "status": 500},
    "503": {"kind": "server-error", "status": 503},
    "a response that is cut short": {"kind": "cut"},
    "null nodes among good ones": {
        "kind": "resource-limits",
        "match": "Hydrate",
        "at": 1,
    },
    "something went wrong": {"kind": "internal"},
    "secondary limit as 403": {"kind": "secondary-limit", "seconds": 1},
    "secondary limit as 429": {"kind": "secondary-limit", "status": 429, "seconds": 1},
    "secondary limit without Retry-After": {"kind": "secondary-limit", "seconds": -1},
    "rate limit": {"kind": "rate-limited", "count": 1},
}


@pytest.fixture(scope="module")
def whole(company_server: ApiServer, read_company: Callable[..., Reader]) -> Rows:
    """What is read when nothing goes wrong."""
    return read_company(company_server).run().rows


@pytest.mark.parametrize("name", RULES)
def test_three_failures_of_a_kind_cost_no_row(
    name: str, reader: Reader, whole: Rows
) -> None:
    fault = {"at": 3, "count": 3, **RULES[name]}
    reader.server.fault(api="github", **fault)

    output = reader.run()

    met = reader.server.stats()["github"]["faults"]
    assert met == {fault["kind"]: fault["count"]}
    assert output.rows == whole


def test_pull_requests_that_are_too_much_even_alone_are_read_list_by_list(
    reader: Reader, whole: Rows
) -> None:
    reader.server.fault("server-error", "github", count=0, match="HydratePullRequests")

    assert reader.run().rows == whole


def test_an_answer_that_does_not_come_in_time_costs_no_row(
    reader: Reader, whole: Rows
) -> None:
    reader.server.fault("latency", "github", at=1, match="Hydrate", seconds=2)

    output = reader.run(request_timeout=1)

    assert reader.server.stats()["github"]["faults"] == {"latency": 1}
    assert output.rows == whole


def test_no_stream_has_a_key_twice(reader: Reader) -> None:
    output = reader.run()

    for stream, rows in output.records.items():
        assert len(output.keyed(stream)) == len(rows)


def test_the_command_ends_with_zero_after_failures_at_random(
    reader: Reader, whole: Rows, run_command: Command
) -> None:
    kinds = ("502", "a response that is cut short", "secondary limit as 429")
    for seed, name in enumerate(kinds):
        order = {**RULES[name], "rate": 0.1, "seed": seed}
        reader.server.fault(api="github", **order)

    done = run_command(reader.config)

    assert done.returncode == 0
    assert reader.server.stats()["github"]["faults"]
    messages = [json.loads(line) for line in done.stdout.splitlines()]
    assert rows_of(messages) == whole


def rows_of(messages: list[dict[str, Any]]) -> Rows:
    found: Rows = defaultdict(Counter)
    for message in messages:
        if message["type"] == "RECORD":
            row = repr(sorted(without_times(message["record"]).items()))
            found[message["stream"]][row] += 1
    return found


@pytest.mark.parametrize("seed", range(5))
def test_all_failures_at_random_in_one_run_cost_no_row(
    seed: int, reader: Reader, whole: Rows
) -> None:
    for n, fault in enumerate(RULES.values()):
        order = {**fault, "rate": 0.04, "seed": 100 * seed + n}
        reader.server.fault(api="github", **order)

    output = reader.run(max_wait_seconds=100_000)

    assert reader.server.stats()["github"]["faults"]
    assert output.rows == whole

"""Measures a first load of pull requests that are as large as real ones.

Runs the tap twice against the sandbox, which responds as late as GitHub does: with one
request at a time, and with several. Prints what each run took, and their ratio. A third
run begins with the state of the second one and finds nothing changed. Ends with 1 if
the first two runs wrote different rows or another order, if one of the limits below is
exceeded, or if the third run needs more than one request of GraphQL.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from math import ceil, expm1, log1p
from pathlib import Path
from typing import Any

from large_repository import account, cpu, peak, pull_request

from sandbox import company
from sandbox.company import GitHubHost, World
from sandbox.testing import ApiServer

# For 1,000 pull requests; requests and points grow with their number.
REQUESTS_MAX = 75
POINTS_MAX = 300
MEMORY_MAX = 150  # MB at the peak
HOURLY_POINTS = 5_000  # of a token (docs/apis/github.md)
NIGHT = 8  # hours
LOADS = (1_000, 50_000, 500_000)
PEOPLE = 500
COMMITS = 2.06  # of the default branch for each pull request

SIZES = {
    "reviews": (1, 6, 16, 96),
    "comments": (3, 14, 39, 159),
    "review comments": (0, 10, 54, 440),
    "commits": (1, 5, 16, 1_639),
    "files": (2, 10, 38, 755),
}
"""Entries of nested lists of real pull requests: median, 90 %, 99 % and the longest
(docs/apis/github.md)."""

QUANTILES = (0.5, 0.9, 0.99, 1.0)
TIMES = ("time_extracted", "version")


def sizes(count: int, quantiles: tuple[int, ...], seed: str) -> list[int]:
    """Return the lengths of a list of each of some pull requests, in random order.

    Between two known quantiles, the logarithm of the length grows evenly.
    """
    known = list(zip((0.0, *QUANTILES), map(log1p, (0, *quantiles)), strict=True))
    found = []
    for n in range(count):
        share = n / max(1, count - 1)
        for (low, least), (high, most) in pairwise(known):
            if share <= high:
                value = least + (most - least) * (share - low) / (high - low)
                found.append(round(expm1(value)))
                break
    random.Random(seed).shuffle(found)  # noqa: S311 - to be repeatable
    return found


def real_size(number: int, lengths: dict[str, int]) -> dict[str, Any]:
    """Return a pull request whose lists have the given lengths."""
    row = pull_request(number)
    (review,), (thread,), (remark,) = (
        row[name] for name in ("reviews", "reviewThreads", "comments")
    )
    comment = thread["comments"][0]
    file, commit = row["files"][0], row["commits"][0]

    def numbered(one: dict[str, Any], name: str, length: int) -> list[dict[str, Any]]:
        return [
            {
                **one,
                "id": f"{name}_{number}_{n}",
                "fullDatabaseId": str(number * 10_000 + n),
            }
            for n in range(length)
        ]

    comments = numbered(comment, "PRRC", lengths["review comments"])
    threads: list[dict[str, Any]] = []
    dice = random.Random(number)  # noqa: S311 - to be repeatable
    while comments:
        size = 1
        while dice.random() < 1 / 2:  # two comments on average
            size += 1
        threads.append(
            {
                **thread,
                "id": f"PRRT_{number}_{len(threads)}",
                "comments": comments[:size],
            }
        )
        del comments[:size]
    return {
        **row,
        "reviews": numbered(review, "PRR", lengths["reviews"]),
        "reviewThreads": threads,
        "comments": numbered(remark, "IC", lengths["comments"]),
        "files": [{**file, "path": f"{n}.py"} for n in range(lengths["files"])],
        "commits": [
            {
                "id": f"PRC_{number}_{n}",
                "commit": {**commit["commit"], "oid": f"{number * 10_000 + n:040x}"},
            }
            for n in range(lengths["commits"])
        ],
    }


def world(pull_requests: int) -> World:
    """Return one repository with pull requests as large as real ones."""
    host = GitHubHost()
    host.actors = {row["id"]: row for row in map(account, range(PEOPLE))}
    commit = pull_request(1)["commits"][0]["commit"]
    count = round(COMMITS * pull_requests)
    host.repositories["R_1"] = {
        "__typename": "Repository",
        "id": "R_1",
        "databaseId": 1,
        "name": "real",
        "nameWithOwner": "user-0/real",
        "ownerId": "U_0",
        "url": "https://github.com/user-0/real",
        "createdAt": "2020-01-01T00:00:00Z",
        "updatedAt": "2020-01-01T00:00:00Z",
        "commits": [
            {
                **commit,
                "id": f"C_{n}",
                "oid": f"{n:040x}",
                "parents": [f"{n + 1:040x}"] if n < count - 1 else [],
            }
            for n in range(count)
        ],
    }
    lengths = {
        name: sizes(pull_requests, quantiles, name) for name, quantiles in SIZES.items()
    }
    rows = (
        real_size(n + 1, {name: each[n] for name, each in lengths.items()})
        for n in range(pull_requests)
    )
    host.pull_requests = {row["id"]: row for row in rows}
    return World(datetime.now(UTC), company.generate(5).linear, host)


@dataclass
class Run:
    """What one run took.

    Attributes:
        seconds: From the start of the tap to its end.
        cpu: Seconds of processor that the tap used.
        server_cpu: Seconds of processor that the sandbox used.
        requests: Requests to GitHub.
        points: Points of GraphQL.
        memory: Peak of the tap's memory, in MB.
        rows: Rows written.
        digest: Of all rows in their order.
        operations: Requests by operation.
        state: The last state.
    """

    seconds: float
    cpu: float
    server_cpu: float
    requests: int
    points: float
    memory: float
    rows: int
    digest: str
    operations: dict[str, int]
    state: dict[str, Any]


def read(
    server: ApiServer,
    folder: Path,
    parallel: int,
    state: dict[str, Any] | None = None,
) -> Run:
    """Run the tap.

    Args:
        server: GitHub.
        folder: Where to write its settings.
        parallel: Requests at the same time.
        state: Where it continues; None for a first load.

    Raises:
        SystemExit: If the tap fails.
    """
    settings = {
        "api_url": server.github_url,
        "auth_token": "sandbox-token",
        "repositories": ["user-0/real"],
        "max_parallel_requests": parallel,
    }
    config = folder / "config.json"
    config.write_text(json.dumps(settings), encoding="utf-8")
    server.forget_stats()
    command = [str(Path(sys.executable).parent / "tap-github-prs")]
    command += ["--config", str(config)]
    if state is not None:
        known = folder / "state.json"
        known.write_text(json.dumps(state), encoding="utf-8")
        command += ["--state", str(known)]
    written = folder / "messages.jsonl"
    memory = used = 0.0
    began, server_began = time.monotonic(), time.process_time()
    with (
        written.open("wb") as messages,
        subprocess.Popen(command, stdout=messages, stderr=subprocess.DEVNULL) as tap,
    ):
        while tap.poll() is None:
            with suppress(OSError, ValueError):  # it has just ended
                memory, used = max(memory, peak(tap.pid)), cpu(tap.pid)
            time.sleep(0.1)
    seconds = time.monotonic() - began
    server_cpu = time.process_time() - server_began
    if tap.returncode:
        sys.stdout.write(f"the tap ended with {tap.returncode}\n")
        raise SystemExit(1)
    digest = hashlib.sha256()
    rows = 0
    last: dict[str, Any] = {}
    with written.open("rb") as lines:
        for line in lines:
            message = json.loads(line)
            last = message["value"] if message["type"] == "STATE" else last
            if message["type"] == "RECORD":
                rows += 1
                kept = {k: v for k, v in message.items() if k not in TIMES}
                digest.update(json.dumps(kept).encode())
    stats = server.stats()["github"]
    return Run(
        seconds,
        used,
        server_cpu,
        stats["requests"],
        stats["points"],
        memory,
        rows,
        digest.hexdigest(),
        stats["operations"],
        last,
    )


def main() -> None:
    """Measure and judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pull-requests", type=int, default=1_000)
    parser.add_argument("--parallel", type=int, default=4)
    parser.add_argument("--request-ms", type=float, default=100)
    parser.add_argument("--row-ms", type=float, default=100)
    given = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        ApiServer(company=world(given.pull_requests)) as server,
    ):
        server.limits(github={"graphql": 10**9, "core": 10**9})
        server.fault(
            "latency",
            "github",
            count=0,
            seconds=given.request_ms / 1_000,
            row_seconds=given.row_ms / 1_000,
        )
        runs = {n: read(server, Path(folder), n) for n in (given.parallel, 1)}
        again = read(server, Path(folder), given.parallel, runs[1].state)
    for parallel, run in runs.items():
        sys.stdout.write(
            f"{parallel} at a time: {run.seconds:.1f} s ({run.cpu:.1f} s of the tap's "
            f"processor, {run.server_cpu:.1f} s of the sandbox's), "
            f"{run.requests} requests, {run.points:g} points, "
            f"{run.memory:.0f} MB, {run.rows:,} rows\n"
        )
    several, one = runs[given.parallel], runs[1]
    sys.stdout.write(
        f"{json.dumps(several.operations)}\n"
        f"ratio: {several.seconds / one.seconds:.2f} of the time with one at a time; "
        f"the same rows in the same order: {several.digest == one.digest}\n"
    )
    queries = sum(
        number for name, number in again.operations.items() if "/" not in name
    )
    sys.stdout.write(
        f"nothing changed: {again.requests} requests, {queries} of them GraphQL, "
        f"{again.points:g} points: {json.dumps(again.operations)}\n"
    )
    slot_seconds = several.requests * given.request_ms / 1_000
    slot_seconds += given.pull_requests * given.row_ms / 1_000
    least = slot_seconds / given.parallel
    sys.stdout.write(f"the latency alone takes {least:.1f} s with {given.parallel}\n")
    for load in LOADS:
        points = several.points * load / given.pull_requests
        hours = points / HOURLY_POINTS
        server = least * load / given.pull_requests / 3_600
        sys.stdout.write(
            f"computed for {load:,} pull requests: {points:,.0f} points, {hours:.1f} "
            f"hours of one token, {server:.1f} hours of latency, "
            f"{ceil(hours / NIGHT)} tokens for a night of {NIGHT} hours\n"
        )
    scale = given.pull_requests / 1_000
    if (
        several.digest != one.digest
        or several.requests > REQUESTS_MAX * scale
        or several.points > POINTS_MAX * scale
        or several.memory > MEMORY_MAX
        or queries > 1  # for up to 20 repositories
    ):
        raise SystemExit(1)


if __name__ == "__main__":
    main()

"""Reads a large repository of the sandbox and says what it took.

Ends with 1 if the tap needed more memory or requests than it may, or if its last
pull requests took longer than its first. `--pull-requests` sets the size (default
50,000). Each has a review, a thread of two comments, a comment in its conversation,
two files, two commits and two events.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import ceil
from pathlib import Path
from typing import Any

from sandbox import company
from sandbox.company import GitHubHost, World
from sandbox.testing import ApiServer

MEMORY_MAX = 300  # MB at the peak
SLOWDOWN_MAX = 1.5  # the last tenth of the pull requests over the second
PARTS = 10
NO_LIMIT = {"graphql": 10**9, "core": 10**9}
PULL_REQUEST = b'{"type":"RECORD","stream":"pull_requests"'
BEGIN = datetime(2020, 1, 1, tzinfo=UTC)
PEOPLE = 500


def account(number: int) -> dict[str, Any]:
    """Return a user."""
    return {
        "__typename": "User",
        "id": f"U_{number}",
        "databaseId": number + 1,
        "login": f"user-{number}",
        "url": f"https://github.com/user-{number}",
        "avatarUrl": f"https://github.com/user-{number}.png",
        "createdAt": "2020-01-01T00:00:00Z",
        "updatedAt": "2020-01-01T00:00:00Z",
    }


def pull_request(number: int) -> dict[str, Any]:
    """Return a pull request with its children."""
    at = f"{BEGIN + timedelta(seconds=number):%Y-%m-%dT%H:%M:%SZ}"
    author, other = f"U_{number % PEOPLE}", f"U_{(number + 1) % PEOPLE}"
    url = f"https://github.com/user-0/large/pull/{number}"
    text = {
        "authorId": other,
        "authorAssociation": "MEMBER",
        "body": "Why is that so? " * 10,
        "url": url,
        "createdAt": at,
        "updatedAt": at,
    }

    def commit(n: int) -> dict[str, Any]:
        return {
            "id": f"C_{number}_{n}",
            "oid": f"{number * 10 + n:040x}",
            "message": "Change it",
            "url": url,
            "authoredDate": at,
            "committedDate": at,
            "author": {"name": "A", "email": "a@example.com", "userId": author},
        }

    return {
        "__typename": "PullRequest",
        "id": f"PR_{number}",
        "fullDatabaseId": str(number),
        "number": number,
        "repositoryId": "R_1",
        "title": f"Change {number}",
        "state": "MERGED",
        **text,
        "authorId": author,
        "baseRefName": "main",
        "baseRefOid": "b" * 40,
        "headRefName": f"change-{number}",
        "headRefOid": "a" * 40,
        "reviews": [
            {
                **text,
                "id": f"PRR_{number}",
                "fullDatabaseId": str(number),
                "state": "APPROVED",
                "submittedAt": at,
            }
        ],
        "reviewThreads": [
            {
                "id": f"PRRT_{number}",
                "diffSide": "RIGHT",
                "comments": [
                    {
                        **text,
                        "id": f"PRRC_{number}_{n}",
                        "fullDatabaseId": str(number * 10 + n),
                        "path": "one.py",
                        "diffHunk": "@@ -1 +1 @@" * 20,
                        "subjectType": "LINE",
                        "state": "SUBMITTED",
                    }
                    for n in range(2)
                ],
            }
        ],
        "comments": [{**text, "id": f"IC_{number}", "fullDatabaseId": str(number)}],
        "files": [
            {"path": f"{n}.py", "changeType": "MODIFIED", "additions": 3}
            for n in range(2)
        ],
        "commits": [{"id": f"PRC_{number}_{n}", "commit": commit(n)} for n in range(2)],
        "timelineItems": [
            {
                "__typename": name,
                "id": f"{name}_{number}",
                "actorId": other,
                "createdAt": at,
            }
            for name in ("ReadyForReviewEvent", "ClosedEvent")
        ],
    }


def world(pull_requests: int) -> World:
    """Return one repository with the given number of pull requests."""
    host = GitHubHost()
    host.actors = {row["id"]: row for row in map(account, range(PEOPLE))}
    host.repositories["R_1"] = {
        "__typename": "Repository",
        "id": "R_1",
        "databaseId": 1,
        "name": "large",
        "nameWithOwner": "user-0/large",
        "ownerId": "U_0",
        "url": "https://github.com/user-0/large",
        "createdAt": "2020-01-01T00:00:00Z",
        "updatedAt": "2020-01-01T00:00:00Z",
    }
    rows = map(pull_request, range(1, pull_requests + 1))
    host.pull_requests = {row["id"]: row for row in rows}
    return World(datetime.now(UTC), company.generate(5).linear, host)


def peak(pid: int) -> float:
    """Return a process's peak memory so far in MB; Linux tells it in /proc."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    (line,) = (one for one in status.splitlines() if one.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def cpu(pid: int) -> float:
    """Return the seconds of processor that a process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(") ")[1]
    user, system = fields.split()[11:13]
    return (int(user) + int(system)) / 100


def read(config: Path, pull_requests: int) -> tuple[list[float], int, float]:
    """Run the tap and watch its output.

    Args:
        config: The tap's settings.
        pull_requests: How many there are.

    Returns:
        Seconds of the tap's processor after which each tenth was written, the number
        of messages, and the peak of the tap's memory in MB.

    Raises:
        SystemExit: If the tap fails.
    """
    command = [str(Path(sys.executable).parent / "tap-github-prs")]
    marks: list[float] = []
    seen = messages = 0
    memory = 0.0
    with subprocess.Popen(
        [*command, "--config", str(config)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as tap:
        if tap.stdout is None:
            raise SystemExit(1)
        for line in tap.stdout:
            messages += 1
            if line.startswith(PULL_REQUEST):
                seen += 1
                if seen % (pull_requests // PARTS) == 0:
                    marks.append(cpu(tap.pid))
                    memory = peak(tap.pid)
    if tap.returncode or seen != pull_requests:
        sys.stdout.write(f"the tap ended with {tap.returncode} after {seen:,}\n")
        raise SystemExit(1)
    return marks, messages, memory


def main() -> None:
    """Measure and judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pull-requests", type=int, default=50_000)
    total = parser.parse_args().pull_requests
    with (
        tempfile.TemporaryDirectory() as folder,
        ApiServer(company=world(total)) as server,
    ):
        server.limits(github=NO_LIMIT)
        config = Path(folder) / "config.json"
        settings = {
            "api_url": server.github_url,
            "auth_token": "sandbox-token",
            "repositories": ["user-0/large"],
        }
        config.write_text(json.dumps(settings), encoding="utf-8")
        began = time.monotonic()
        marks, messages, memory = read(config, total)
        seconds = time.monotonic() - began
        requests = server.stats()["github"]["requests"]
    tenths = [late - early for early, late in pairwise(marks)]
    slowdown = tenths[-1] / tenths[0]
    allowed = ceil(total / 100) + ceil(total / 25)
    sys.stdout.write(
        f"{total:,} pull requests, {messages:,} messages in {seconds:,.0f} s "
        f"({marks[-1]:,.0f} s of the tap's own)\n"
        f"requests: {requests:,} of {allowed:,} allowed\n"
        f"memory:   {memory:,.0f} MB of {MEMORY_MAX} allowed\n"
        f"slowdown: {slowdown:.2f} of {SLOWDOWN_MAX} allowed, the last tenth over the "
        "second, by the tap's own seconds\n"
    )
    if requests > allowed or memory > MEMORY_MAX or slowdown > SLOWDOWN_MAX:
        raise SystemExit(1)


if __name__ == "__main__":
    main()

"""How fast the sandbox answers, and how much memory a large company takes.

    python benchmarks/bench_sandbox.py [--size 2500] [--large 100000]

Prints milliseconds per answer (median and worst over HTTP), then the resident memory of
a server process with the large company. Ends with 1 if a target is missed.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import requests

from sandbox.control import Control
from sandbox.testing import free_port

REPEATS = 20
TARGETS = {"25 complete pull requests": 100.0, "250 issues": 150.0}
MEMORY_TARGET = 2 * 1024**3
START_SECONDS = 600

ACTOR = "{ __typename login ... on User { databaseId } ... on Bot { databaseId } }"
PULLS = f"""query($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on PullRequest {{
  id fullDatabaseId number title body state isDraft locked authorAssociation url
  createdAt updatedAt closedAt mergedAt additions deletions changedFiles
  baseRefName baseRefOid headRefName headRefOid isCrossRepository mergeable
  maintainerCanModify reviewDecision totalCommentsCount
  author {ACTOR} mergedBy {ACTOR} repository {{ id nameWithOwner }}
  headRepository {{ id nameWithOwner }} mergeCommit {{ oid }}
  labels(first: 20) {{ nodes {{ id name }} }}
  assignees(first: 10) {{ nodes {{ databaseId login }} }}
  reviewRequests(first: 20) {{ nodes {{
    requestedReviewer {{ ... on User {{ login }} }} }} }}
  closingIssuesReferences(first: 10) {{ nodes {{ number }} }}
  reviews(first: 50) {{ nodes {{ id fullDatabaseId state body submittedAt createdAt
    updatedAt url author {ACTOR} commit {{ oid }} }}
    pageInfo {{ hasNextPage endCursor }} }}
  reviewThreads(first: 50) {{ nodes {{ id isResolved isOutdated path line
    comments(first: 20) {{ nodes {{ id fullDatabaseId body path line createdAt updatedAt
      url author {ACTOR} pullRequestReview {{ fullDatabaseId }}
      replyTo {{ fullDatabaseId }} }}
      pageInfo {{ hasNextPage endCursor }} }} }} pageInfo {{ hasNextPage endCursor }} }}
  comments(first: 50) {{ nodes {{ id fullDatabaseId body createdAt updatedAt url
    author {ACTOR} }} pageInfo {{ hasNextPage endCursor }} }}
  files(first: 100) {{ nodes {{ path additions deletions changeType }}
    pageInfo {{ hasNextPage endCursor }} }}
  commits(first: 100) {{ nodes {{ commit {{ oid message authoredDate committedDate
    additions deletions author {{ name email user {{ databaseId login }} }} }} }}
    pageInfo {{ hasNextPage endCursor }} }}
}} }} }}"""
REFERENCES = (
    "team creator assignee cycle project projectMilestone parent state snoozedBy"
)
ISSUES = f"""query($after: String) {{
  issues(first: 250, after: $after, orderBy: updatedAt, includeArchived: true) {{
    nodes {{ id identifier number title description priority priorityLabel estimate
      sortOrder branchName url trashed dueDate labelIds previousIdentifiers
      createdAt updatedAt archivedAt startedAt completedAt canceledAt triagedAt
      startedTriageAt addedToCycleAt addedToProjectAt addedToTeamAt autoArchivedAt
      autoClosedAt snoozedUntilAt slaStartedAt slaBreachesAt slaType prioritySortOrder
      subIssueSortOrder {" ".join(f"{name} {{ id }}" for name in REFERENCES.split())} }}
    pageInfo {{ hasNextPage endCursor }} }} }}"""


class Server:
    """An API server in a process of its own."""

    def __init__(self, size: int, data_dir: Path) -> None:
        """Start it and wait until it answers."""
        port = free_port()
        self.base = f"http://127.0.0.1:{port}"
        command = [sys.executable, "-m", "sandbox.serve", "--port", str(port)]
        command += ["--data-dir", str(data_dir), "--size", str(size), "--seed", "7"]
        start = time.monotonic()
        self._process = subprocess.Popen(command)
        while time.monotonic() - start < START_SECONDS:
            try:
                self.health = Control(self.base).health()
                break
            except RuntimeError:
                time.sleep(0.1)
        self.seconds = time.monotonic() - start
        self.process = psutil.Process(self._process.pid)

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait()


def measure(
    session: requests.Session, url: str, bodies: list[dict[str, object]]
) -> list[float]:
    """Return the milliseconds of each answer."""
    found = []
    for body in bodies:
        start = time.perf_counter()
        response = session.post(url, json=body, timeout=60)
        found.append((time.perf_counter() - start) * 1_000)
        if "errors" in response.json():
            raise SystemExit(str(response.json()["errors"][0]))
    return found


def pull_request_pages(
    session: requests.Session, base: str, health: dict[str, object]
) -> list[dict[str, object]]:
    """Return hydrating requests over pull requests of every repository."""
    ids: list[str] = []
    for full in health["repositories"]:  # type: ignore[attr-defined]
        owner, name = full.split("/")
        query = f"""{{ repository(owner: "{owner}", name: "{name}") {{
          pullRequests(first: 100) {{ nodes {{ id }} }} }} }}"""
        answer = session.post(
            f"{base}/github/graphql", json={"query": query}, timeout=60
        )
        repository = answer.json()["data"]["repository"]
        if repository:  # null where GitHub has blocked it
            ids += [row["id"] for row in repository["pullRequests"]["nodes"]]
    return [
        {"query": PULLS, "variables": {"ids": ids[start : start + 25]}}
        for start in range(0, min(len(ids), 25 * REPEATS), 25)
    ]


def speed(size: int, data_dir: Path) -> dict[str, list[float]]:
    """Measure both pages over HTTP."""
    server = Server(size, data_dir)
    try:
        with requests.Session() as session:
            session.headers["Authorization"] = "Bearer sandbox-token"
            pages = pull_request_pages(session, server.base, server.health)
            pulls = measure(session, f"{server.base}/github/graphql", pages)
            session.headers["Authorization"] = "lin_api_sandbox"
            body: dict[str, object] = {"query": ISSUES, "variables": {}}
            issues = measure(session, f"{server.base}/linear/graphql", [body] * REPEATS)
    finally:
        server.stop()
    return dict(zip(TARGETS, (pulls, issues), strict=True))


def main() -> int:
    """Print what was measured; 1 if a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=2_500)
    parser.add_argument("--large", type=int, default=100_000, help="0 leaves it out")
    given = parser.parse_args()
    missed = False
    with tempfile.TemporaryDirectory() as folder:
        for name, times in speed(given.size, Path(folder)).items():
            median = statistics.median(times)
            missed |= median >= TARGETS[name]
            print(
                f"{name}: median {median:.0f} ms, worst {max(times):.0f} ms"
                f" (target {TARGETS[name]:.0f} ms)"
            )
        if given.large:
            server = Server(given.large, Path(folder) / "large")
            memory = server.process.memory_info().rss
            server.stop()
            missed |= memory >= MEMORY_TARGET
            print(
                f"{given.large:,} issues: {memory / 1024**3:.2f} GB,"
                f" ready in {server.seconds:.0f} s (target 2 GB)"
            )
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())

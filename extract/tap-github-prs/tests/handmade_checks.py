"""Commits and pull requests with check suites, made by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from conftest import Output
    from handmade import Host

    Rows = list[dict[str, Any]]

COLUMNS = {"check_suites": None, "repositories": None}
APP = {
    "id": "A_1",
    "databaseId": 15_368,
    "name": "GitHub Actions",
    "slug": "github-actions",
    "url": "https://github.com/apps/github-actions",
    "createdAt": "2019-01-01T00:00:00Z",
    "updatedAt": "2019-01-01T00:00:00Z",
}


def now(**ago: int) -> str:
    return f"{datetime.now(UTC) - timedelta(**ago):%Y-%m-%dT%H:%M:%SZ}"


def run(name: str, conclusion: str | None = "SUCCESS", at: str = "") -> dict[str, Any]:
    return {
        "id": f"CR_{name}_{conclusion}_{at}",
        "name": name,
        "status": "COMPLETED" if conclusion else "IN_PROGRESS",
        "conclusion": conclusion,
        "startedAt": at or "2024-05-05T00:00:00Z",
        "completedAt": at or "2024-05-05T00:00:00Z",
    }


def suite(key: str, **facts: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """A check suite that succeeded long ago."""
    return {
        "id": f"CS_{key}",
        "app": APP,
        "status": "COMPLETED",
        "conclusion": "SUCCESS",
        "createdAt": "2024-05-05T00:00:00Z",
        "updatedAt": "2024-05-05T00:00:00Z",
        "runs": [run(f"test {key}")],
        **facts,
    }


def oid(n: int) -> str:
    return f"{n:040x}"


def commit(n: int, at: str) -> dict[str, Any]:
    return {
        "id": f"C_{oid(n)}",
        "oid": oid(n),
        "message": "Change",
        "author": {"name": "Ada"},
        "authoredDate": at,
        "committedDate": at,
        "additions": 1,
        "deletions": 1,
    }


class Checked:
    """A repository with commits and pull requests that were checked."""

    def __init__(self, host: Host, name: str = "one") -> None:
        self.host = host
        self.key = host.repository(name)
        self.row = host.world.github.repositories[self.key]
        self.suites: dict[str, Rows] = {}
        self.row["checkSuites"] = self.suites

    def push(self, n: int, *suites: dict[str, Any]) -> None:
        """Add a commit to the default branch."""
        tip = [one["oid"] for one in self.row["commits"][:1]]
        made = commit(n, self.host.second(n))
        self.row["commits"].insert(0, {**made, "parents": tip})
        self.suites[oid(n)] = list(suites)

    def propose(
        self,
        n: int,
        *suites: dict[str, Any],
        **facts: Any,  # noqa: ANN401 - JSON
    ) -> dict[str, Any]:
        """Add a pull request with a commit."""
        pull = self.host.pull_request(self.key, self.host.second(n), **facts)
        pull["commits"] = [{"id": f"PRC_{n}", "commit": commit(n, self.host.second(n))}]
        pull["headRefOid"] = oid(n)
        self.suites[oid(n)] = list(suites)
        return pull


def three_of_each(host: Host) -> Checked:
    """Three commits of a default branch and three pull requests, all checked."""
    found = Checked(host)
    for n in range(1, 4):
        found.push(n, suite(f"push{n}"))
    for n in range(11, 14):
        found.propose(n, suite(f"pull{n}"))
    return found


def ids(output: Output) -> list[str]:
    rows = output.records["check_suites"]
    return sorted(row["node_id"].removeprefix("CS_") for row in rows)


ALL = ["pull11", "pull12", "pull13", "push1", "push2", "push3"]

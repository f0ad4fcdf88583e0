"""GitHub rows made by hand, and what the tests read from a run's output."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sandbox.company import GitHubHost, LinearWorkspace, World

if TYPE_CHECKING:
    from conftest import Output

    Rows = list[dict[str, Any]]

UNTIL = datetime(2026, 6, 1, tzinfo=UTC)

# Versions of a list: the time of the run. test_github_delivery.py compares them.
TIMES = {"list_version", "complete_list_version"}


def without_times(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row without the columns that differ from run to run."""
    return {name: value for name, value in row.items() if name not in TIMES}


def at(n: int) -> str:
    return f"2024-05-05T00:00:{n:02d}Z"


def numbers(rows: Rows) -> list[int]:
    return [row["number"] for row in rows]


def bookmarks(output: Output) -> dict[int, str]:
    """The bookmark of each repository."""
    return {
        part["context"]["repository_id"]: part["replication_key_value"]
        for part in output.state["bookmarks"]["pull_requests"]["partitions"]
        if "replication_key_value" in part
    }


def unread(output: Output) -> list[int]:
    """What the state remembers."""
    return [
        each["number"]
        for part in output.state["bookmarks"]["pull_requests"]["partitions"]
        for each in part.get("unread", ())
    ]


def three(host: Host) -> list[Rows]:
    """The pull requests of three repositories, each with a comment."""
    found = []
    for name in ("first", "second", "third"):
        repository = host.repository(name)
        rows = [host.pull_request(repository, at(n)) for n in range(20)]
        for row in rows:
            row["comments"] = [host.comment(row)]
        found.append(rows)
    return found


class Host:
    """GitHub rows made by hand, for what must be exact."""

    def __init__(self, linear: LinearWorkspace) -> None:
        self.world = World(UNTIL, linear, GitHubHost())
        self.world.github.actors["U_1"] = {
            "__typename": "User",
            "id": "U_1",
            "databaseId": 1,
            "login": "ada",
            "url": "https://github.com/ada",
            "avatarUrl": "https://github.com/ada.png",
            "createdAt": "2020-01-01T00:00:00Z",
            "updatedAt": "2020-01-01T00:00:00Z",
        }
        self._ids = itertools.count(1_000)

    @staticmethod
    def second(n: int) -> str:
        """The n-th second of a day long past."""
        return f"2024-05-05T{n // 3600:02d}:{n // 60 % 60:02d}:{n % 60:02d}Z"

    def repository(self, name: str, **facts: Any) -> str:  # noqa: ANN401 - JSON
        """Add a repository of the user ada; return its node id."""
        number = next(self._ids)
        row = {
            "__typename": "Repository",
            "id": f"R_{number}",
            "databaseId": number,
            "name": name,
            "nameWithOwner": f"ada/{name}",
            "url": f"https://github.com/ada/{name}",
            "ownerId": "U_1",
            "createdAt": "2020-01-01T00:00:00Z",
            "updatedAt": "2020-01-01T00:00:00Z",
            "commits": [],
            **facts,
        }
        key: str = row["id"]
        self.world.github.repositories[key] = row
        return key

    def pull_request(
        self,
        repository: str,
        updated_at: str,
        **facts: Any,  # noqa: ANN401 - JSON
    ) -> dict[str, Any]:
        """Add a pull request; return its row."""
        number = next(self._ids)
        row = {
            "__typename": "PullRequest",
            "id": f"PR_{number}",
            "fullDatabaseId": str(number),
            "number": number,
            "repositoryId": repository,
            "authorId": "U_1",
            "title": f"Change {number}",
            "url": f"https://github.com/ada/one/pull/{number}",
            "authorAssociation": "OWNER",
            "baseRefName": "main",
            "baseRefOid": "b" * 40,
            "headRefName": f"change-{number}",
            "headRefOid": "a" * 40,
            "state": "OPEN",
            "createdAt": "2024-01-01T00:00:00Z",
            "updatedAt": updated_at,
            **facts,
        }
        self.world.github.pull_requests[row["id"]] = row
        return row

    def comment(self, pull_request: dict[str, Any]) -> dict[str, Any]:
        """Return a comment, to be put into a list of a pull request."""
        number = next(self._ids)
        return {
            "id": f"IC_{number}",
            "fullDatabaseId": str(number),
            "databaseId": number,
            "authorId": "U_1",
            "body": "Why?",
            "url": f"{pull_request['url']}#issuecomment-{number}",
            "authorAssociation": "OWNER",
            "path": "one.py",
            "diffHunk": "@@ -1 +1 @@",
            "subjectType": "LINE",
            "state": "SUBMITTED",
            "createdAt": "2024-01-01T00:00:00Z",
            "updatedAt": "2024-01-01T00:00:00Z",
        }

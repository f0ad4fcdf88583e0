"""GitHub's rows with the indexes that GraphQL and REST read."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sandbox.company.checks import Pushed, check_suites
from sandbox.company.rows import milliseconds

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sandbox.company import GitHubHost

Row = dict[str, Any]

# A pull request's children: the key in its row, and the type of the items.
NESTED = {
    "reviews": "PullRequestReview",
    "unlistedReviews": "PullRequestReview",  # known only from their comments
    "reviewThreads": "PullRequestReviewThread",
    "comments": "IssueComment",
    "files": "PullRequestChangedFile",
    "commits": "PullRequestCommit",
    "timelineItems": "",  # each names its own
    "labels": "Label",
    "closingIssues": "Issue",
}
HISTORY = {"deployments": "Deployment", "releases": "Release"}
"""The other lists in a repository's row, and the type of their items."""
ORDERS = {"UPDATED_AT": "updatedAt", "CREATED_AT": "createdAt", "COMMENTS": "createdAt"}


class GitHubStore:
    """The host at one instant; built again after each change.

    Args:
        host: The rows.
        now: The current time of the host.
    """

    def __init__(self, host: GitHubHost, now: datetime) -> None:
        """Index repositories by name and pull requests by repository."""
        self.host = host
        self.now = now
        self.organizations = {
            login.lower(): row for login, row in host.organizations.items()
        }
        self._people: dict[str, Row] = dict(host.actors)
        self._logins = {row["login"].lower(): row for row in host.actors.values()}
        for row in host.organizations.values():
            row.setdefault("__typename", "Organization")
            self._people[row["id"]] = row
            self._logins[row["login"].lower()] = row
        self.by_name: dict[str, Row] = {}
        self.by_number: dict[str, Row] = {}
        self.renamed: dict[str, Row] = {}
        for row in host.repositories.values():
            row.setdefault("__typename", "Repository")
            self.by_name[row["nameWithOwner"].lower()] = row
            self.by_number[str(row["databaseId"])] = row
            for name in row.get("previousNames") or ():
                self.renamed[name.lower()] = row
        self._pull_requests: dict[str, list[Row]] = defaultdict(list)
        for row in host.pull_requests.values():
            row.setdefault("__typename", "PullRequest")
            self._pull_requests[row["repositoryId"]].append(row)
        self._ordered: dict[tuple[str, str], list[Row]] = {}
        self._numbers: dict[str, dict[int, Row]] = {}
        self._commits: dict[str, dict[str, int]] = {}
        self._owners: dict[str, tuple[Row, str]] | None = None
        self._history_ids: dict[str, Row] | None = None
        self._pull_commits: dict[str, Row] | None = None

    def get(self, type_name: str, key: str) -> Row | None:
        """Return a row by its type (object or abstract) and id."""
        if type_name == "Repository":
            return self.host.repositories.get(key)
        if type_name == "PullRequest":
            return self.host.pull_requests.get(key)
        if type_name in ("Commit", "GitObject"):
            return self.commit(key)
        found = self._people.get(key) or self.host.teams.get(key)
        if found is None:
            return self.node(key)
        return None if type_name == "User" and found["__typename"] != "User" else found

    def login(self, login: str) -> Row | None:
        """Return a user, bot or organization by its login, in any case."""
        return self._logins.get(login.lower())

    def number(self, database_id: str) -> Row | None:
        """Return a user or organization by its numeric id."""
        rows = self._people.values()
        return next(
            (row for row in rows if str(row["databaseId"]) == database_id), None
        )

    def repository(self, name_with_owner: str, *, follow: bool = True) -> Row | None:
        """Return a repository by `owner/name`, or by an earlier name."""
        name = name_with_owner.lower()
        found = self.by_name.get(name)
        return found or (self.renamed.get(name) if follow else None)

    def owned(self, login: str) -> list[Row]:
        """Return an owner's repositories by name."""
        prefix = f"{login.lower()}/"
        return [
            row for name, row in sorted(self.by_name.items()) if name.startswith(prefix)
        ]

    def owner(self, repository: Row) -> Row | None:
        """Return a repository's owner."""
        if key := repository.get("ownerId"):
            return self._people.get(key)
        return self.login(repository["nameWithOwner"].partition("/")[0])

    def pull_requests(self, repository_id: str, order: str = "createdAt") -> list[Row]:
        """Return a repository's pull requests, oldest first by a timestamp."""
        key = (repository_id, order)
        if key not in self._ordered:
            self._ordered[key] = sorted(
                self._pull_requests.get(repository_id, ()),
                key=lambda row: (row[order], row["number"]),
            )
        return self._ordered[key]

    def pull_request(self, repository_id: str, number: int) -> Row | None:
        """Return a pull request by its number."""
        if repository_id not in self._numbers:
            self._numbers[repository_id] = {
                row["number"]: row for row in self._pull_requests.get(repository_id, ())
            }
        return self._numbers[repository_id].get(number)

    def nested(self, pull_request: Row, key: str) -> list[Row]:
        """Return a pull request's children; each row contains its parent."""
        repository = self.host.repositories[pull_request["repositoryId"]]
        type_name = NESTED[key]
        parents: Row = {"pullRequest": pull_request, "repository": repository}
        if key == "closingIssues":
            parents = {"repository": repository}
        rows = []
        for n, row in enumerate(pull_request.get(key) or ()):
            found = {"__typename": type_name, **parents, **row}
            if "id" not in found:
                found["id"] = f"{key}_{pull_request['id']}_{n}"
            rows.append(found)
        return rows

    def review_comments(self, pull_request: Row) -> list[Row]:
        """Return a pull request's review comments, thread by thread."""
        return [
            comment
            for thread in self.nested(pull_request, "reviewThreads")
            for comment in self.thread_comments(thread)
        ]

    @staticmethod
    def thread_comments(thread: Row) -> list[Row]:
        """Return a thread's comments, each with its position."""
        parents = {
            "__typename": "PullRequestReviewComment",
            "pullRequest": thread["pullRequest"],
            "repository": thread["repository"],
        }
        position = {
            key: thread[key]
            for key in ("path", "line", "originalLine", "startLine", "subjectType")
            if key in thread
        }
        return [{**parents, **position, **row} for row in thread.get("comments") or ()]

    def commits(self, repository: Row) -> list[Row]:
        """Return the default branch's commits, newest first."""
        found: list[Row] = repository.get("commits") or []
        return found

    @staticmethod
    def history(repository: Row, key: str) -> list[Row]:
        """Return a repository's deployments or releases; each contains its parent."""
        parents = {"__typename": HISTORY[key], "repository": repository}
        return [{**parents, **row} for row in repository.get(key) or ()]

    def _of_history(self, key: str) -> Row | None:
        """Return a deployment or a release by its global id."""
        if self._history_ids is None:
            self._history_ids = {
                row["id"]: row
                for repository in self.host.repositories.values()
                for name in HISTORY
                for row in self.history(repository, name)
            }
        return self._history_ids.get(key)

    def commit(self, key: str) -> Row | None:
        """Return a default-branch commit by its id or sha."""
        oid = key.rpartition("_")[2].removeprefix("kwDO")
        for repository in self.host.repositories.values():
            index = self._commits.get(repository["id"])
            commits = self.commits(repository)
            if index is None:
                index = self._commits[repository["id"]] = {
                    row["oid"]: n for n, row in enumerate(commits)
                }
            if (at := index.get(oid)) is not None:
                return {"repository": repository, **commits[at]}
        return None

    def any_commit(self, key: str) -> Row | None:
        """Return a commit of a default branch or of a pull request by its id or sha."""
        if found := self.commit(key):
            return found
        if self._pull_commits is None:
            self._pull_commits = {
                row["commit"]["oid"]: {
                    "repository": row["repository"],
                    **row["commit"],
                }
                for pull_request in self.host.pull_requests.values()
                for row in self.nested(pull_request, "commits")
            }
        oid = key.rpartition("_")[2].removeprefix("kwDO")
        return self._pull_commits.get(oid)

    def check_suites(self, commit: Row) -> list[Row]:
        """Return the check suites of a commit.

        They are in its repository's row, or the company derives them.

        Args:
            commit: It, with its repository.
        """
        repository, oid = commit["repository"], commit["oid"]
        held = (repository.get("checkSuites") or {}).get(oid)
        if held is None and repository.get("hasChecks") and "committedDate" in commit:
            event = "push" if commit.get("isPushed") else "pull_request"
            pushed = Pushed.of(commit, event)
            held = check_suites(repository, pushed, milliseconds(self.now))
        return [self._suite(repository, oid, row) for row in held or ()]

    @staticmethod
    def _suite(repository: Row, oid: str, row: Row) -> Row:
        parents = {"__typename": "CheckSuite", "repository": repository, "oid": oid}
        return {**parents, **row}

    def _suite_by_id(self, key: str) -> Row | None:
        """Return a check suite by its global id."""
        for repository in self.host.repositories.values():
            for oid, rows in (repository.get("checkSuites") or {}).items():
                for row in rows:
                    if row["id"] == key:
                        return self._suite(repository, oid, row)
        # The IDs of the company's suites contain their commit (company/checks.py).
        name, *parts = key.removeprefix("CS_").split(".")
        found = self.host.repositories.get(name)
        if found is None or len(parts) != 4:  # noqa: PLR2004 - see the key
            return None
        oid, at, event, _ = parts
        pushed = Pushed(oid, int(at), event)
        rows = check_suites(found, pushed, milliseconds(self.now))
        return next(
            (self._suite(found, oid, row) for row in rows if row["id"] == key), None
        )

    def node(self, key: str) -> Row | None:
        """Return any row by its global id, with its `__typename`."""
        direct = (
            self.host.pull_requests.get(key)
            or self.host.repositories.get(key)
            or self._people.get(key)
            or self._of_history(key)
        )
        if direct is not None:
            return direct
        if key.startswith("CS_"):
            return self._suite_by_id(key)
        if self._owners is None:
            self._owners = dict(self._owned_ids())
        if key not in self._owners:
            found = self.any_commit(key) if key.startswith("C_") else None
            return None if found is None else {"__typename": "Commit", **found}
        pull_request, where = self._owners[key]
        rows = (
            self.review_comments(pull_request)
            if where == "review_comments"
            else self.nested(pull_request, where)
        )
        return next(row for row in rows if row.get("id") == key)

    def _owned_ids(self) -> Iterator[tuple[str, tuple[Row, str]]]:
        for pull_request in self.host.pull_requests.values():
            for key in (
                "reviews",
                "unlistedReviews",
                "comments",
                "timelineItems",
                "commits",
                "reviewThreads",
            ):
                for row in self.nested(pull_request, key):
                    yield row["id"], (pull_request, key)
            for row in self.review_comments(pull_request):
                yield row["id"], (pull_request, "review_comments")

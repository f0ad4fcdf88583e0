"""Repositories, their default branches, commits and files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.company.people import ORGANIZATION
from sandbox.company.rows import DAY, Row, github_time

if TYPE_CHECKING:
    from sandbox.company.people import Account
    from sandbox.company.simulation import Simulation

_NAMES = ("lantern-api", "lantern-web", "lantern-mobile", "infra", "data-pipelines", "docs-site")
_LANGUAGES = ("Python", "TypeScript", "Kotlin", "HCL", "Python", None)


@dataclass(slots=True, eq=False)
class Repository:
    """A repository at work."""

    row: Row
    method: str
    """How pull requests land: SQUASH, MERGE or REBASE."""
    paths: list[str]
    last_number: int = 0

    @property
    def head(self) -> str:
        """The newest commit's oid on the default branch."""
        history = self.row["commits"]
        return str(history[0]["oid"]) if history else "0" * 40


def make_repository(sim: Simulation, number: int, start: int) -> Repository:
    """Found a repository with its first commit."""
    series = number // len(_NAMES)
    name = _NAMES[number % len(_NAMES)] + (f"-{series + 1}" if series else "")
    key = sim.random.randrange(10_000_000, 900_000_000)
    full = f"{ORGANIZATION}/{name}"
    made = github_time(start - 500 * DAY)
    row: Row = {
        "id": f"R_kgDO{key:x}",
        "databaseId": key,
        "name": name,
        "nameWithOwner": full,
        "owner": ORGANIZATION,
        "url": f"https://github.com/{full}",
        "resourcePath": f"/{full}",
        "sshUrl": f"git@github.com:{full}.git",
        "isPrivate": number % 6 != 5,
        "visibility": "PRIVATE" if number % 6 != 5 else "PUBLIC",
        "isFork": False,
        "isArchived": False,
        "isDisabled": False,
        "isEmpty": False,
        "isLocked": False,
        "isMirror": False,
        "isTemplate": False,
        "isInOrganization": True,
        "hasIssuesEnabled": True,
        "forkCount": 0,
        "stargazerCount": number * 3,
        "defaultBranch": "main",
        "diskUsage": 10_000 + key % 5_000,
        "createdAt": made,
        "updatedAt": made,
        "pushedAt": made,
        "previousNames": [],
        "commits": [],
    }
    language = _LANGUAGES[number % len(_LANGUAGES)]
    if language:
        row["primaryLanguage"] = {"name": language}
    sim.github.repositories[row["id"]] = row
    repository = Repository(
        row,
        ("SQUASH", "MERGE", "SQUASH", "REBASE")[number % 4],
        [sim.texts.path() for _ in range(250)],
    )
    return repository


def make_commit(  # noqa: PLR0913 - a commit is all of these
    sim: Simulation,
    author: Account,
    message: str,
    *,
    authored: int,
    committed: int,
    lines: tuple[int, int, int],
    parents: int = 1,
) -> Row:
    """Make a commit.

    Args:
        sim: The company.
        author: Who wrote it.
        message: Headline and body.
        authored: Authored date, ms.
        committed: Committed date, ms.
        lines: Additions, deletions, changed files.
        parents: 2 for a merge commit.
    """
    oid = sim.ids.sha()
    headline, _, body = message.partition("\n\n")
    additions, deletions, files = lines
    return {
        "id": f"C_kwDO{oid}",
        "oid": oid,
        "abbreviatedOid": oid[:7],
        "message": message,
        "messageHeadline": headline,
        "messageBody": body,
        "authoredDate": github_time(authored),
        "committedDate": github_time(committed),
        "author": author.git,
        "committer": author.git,
        "additions": additions,
        "deletions": deletions,
        "changedFiles": files,
        "changedFilesIfAvailable": files,
        "parents": {"totalCount": parents},
    }


def land(sim: Simulation, repository: Repository, row: Row, author: Account, at: int) -> Row:
    """Put a pull request's work on the default branch; gives the commit it is known by."""
    message = f"{row['title']} (#{row['number']})"
    lines = (row["additions"], row["deletions"], row["changedFiles"])
    history = repository.row["commits"]
    if repository.method == "MERGE":
        for entry in row["commits"]:
            history.insert(0, entry["commit"])
        message = f"Merge pull request #{row['number']}\n\n{row['title']}"
    landed = make_commit(
        sim,
        author,
        message,
        authored=at,
        committed=at,
        lines=lines,
        parents=2 if repository.method == "MERGE" else 1,
    )
    history.insert(0, landed)
    repository.row["pushedAt"] = repository.row["updatedAt"] = github_time(at)
    return landed

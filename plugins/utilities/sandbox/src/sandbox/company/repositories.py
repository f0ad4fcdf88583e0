"""Repositories, including the odd ones that every organization has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.company.model import Repository
from sandbox.company.people import ORGANIZATION, ORGANIZATION_ID
from sandbox.company.rows import DAY, Row, github_time

if TYPE_CHECKING:
    from sandbox.company.kernel import Company

_NAMES = (
    ("lantern-api", "Python", "SQUASH"),
    ("lantern-web", "TypeScript", "MERGE"),
    ("lantern-mobile", "Kotlin", "SQUASH"),
    ("infra", "HCL", "REBASE"),
    ("data-pipelines", "Python", "SQUASH"),
    ("open-lantern", None, "MERGE"),
)
_LABELS = (
    ("bug", "d73a4a"),
    ("enhancement", "a2eeef"),
    ("dependencies", "0366d6"),
    ("documentation", "0075ca"),
    ("needs review", "fbca04"),
    ("🔥 hotfix", "b60205"),
)
_OPEN_SOURCE = "open-lantern"
_NAME_BEFORE = "lantern-dashboard"
_RENAMED_AFTER = 200 * DAY


def make_repositories(sim: Company, count: int, start: int) -> list[Repository]:
    """Create `count` active repositories, and the odd ones."""
    working = []
    for number in range(count):
        name, language, method = _NAMES[number % len(_NAMES)]
        series = number // len(_NAMES)
        row = _row(
            sim, name + (f"-{series + 1}" if series else ""), start - sim.days(30, 900)
        )
        row["isPrivate"] = name != _OPEN_SOURCE
        row["visibility"] = "PRIVATE" if row["isPrivate"] else "PUBLIC"
        if language is not None:
            row["primaryLanguage"] = {"name": language}
        repository = Repository(row, method, [sim.texts.path() for _ in range(250)])
        repository.labels = [_label(sim, row, *label) for label in _LABELS]
        working.append(repository)
    working[0].row["previousNames"] = [f"{ORGANIZATION}/api", f"{ORGANIZATION}/backend"]
    _rename_later(sim, working[1].row, start)
    _row(sim, "brand-new", start + 100 * DAY).update(
        isEmpty=True, defaultBranch=None, pushedAt=None
    )
    _row(sim, "taken-down", start - 300 * DAY).update(isDisabled=True)
    _row(sim, "prototype-2019", start - 2_000 * DAY).update(
        isArchived=True,
        archivedAt=github_time(start - 600 * DAY),
        description="Do not use.",
    )
    return working


def _rename_later(sim: Company, row: Row, start: int) -> None:
    """Links from before the rename contain the old name."""
    name, at = row["name"], start + _RENAMED_AFTER
    rename(row, _NAME_BEFORE, start)
    row["previousNames"] = []
    sim.calendar.once(at, rename, row, name, at)


def rename(row: Row, name: str, at: int) -> None:
    """Give a repository another name: the old one redirects from now on.

    GitHub shows every address below it under the new name at once.
    """
    full = f"{ORGANIZATION}/{name}"
    row["previousNames"] = [*row["previousNames"], row["nameWithOwner"]]
    row["updatedAt"] = github_time(at)
    row["name"] = name
    row.update(_addresses(full))


def _addresses(full: str) -> Row:
    return {
        "nameWithOwner": full,
        "url": f"https://github.com/{full}",
        "resourcePath": f"/{full}",
        "sshUrl": f"git@github.com:{full}.git",
    }


def _row(sim: Company, name: str, made: int) -> Row:
    number = sim.random.randrange(10_000_000, 900_000_000)
    stamp = github_time(made)
    row: Row = {
        "id": f"R_kgDO{number:x}",
        "databaseId": number,
        "name": name,
        "ownerId": ORGANIZATION_ID,
        **_addresses(f"{ORGANIZATION}/{name}"),
        "isPrivate": True,
        "visibility": "PRIVATE",
        "isFork": False,
        "isArchived": False,
        "isDisabled": False,
        "isEmpty": False,
        "isInOrganization": True,
        "hasIssuesEnabled": True,
        "forkCount": 0,
        "stargazerCount": number % 90,
        "diskUsage": number % 90_000,
        "defaultBranch": "main",
        "createdAt": stamp,
        "updatedAt": stamp,
        "pushedAt": stamp,
        "previousNames": [],
        "commits": [],
        "hasChecks": True,
    }
    sim.github.repositories[row["id"]] = row
    return row


def _label(sim: Company, repository: Row, name: str, color: str) -> Row:
    more = {"description": f"About {name}"} if color.startswith("0") else {}
    return {
        "id": f"LA_kwDO{sim.ids.number():x}",
        "name": name,
        "color": color,
        "isDefault": color.startswith("0"),
        **more,
        "createdAt": repository["createdAt"],
        "updatedAt": repository["createdAt"],
    }

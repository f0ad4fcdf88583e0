"""Pull requests: what can happen to one, and what its rows then say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox.company import commits
from sandbox.company.people import ORGANIZATION
from sandbox.company.rows import Row, github_time, packed

if TYPE_CHECKING:
    from sandbox.company.commits import Repository
    from sandbox.company.issues import Work
    from sandbox.company.people import Account
    from sandbox.company.simulation import Simulation

NESTED = ("reviews", "reviewThreads", "comments", "files", "commits", "timelineItems")


@dataclass(slots=True, eq=False)
class Change:
    """A pull request at work."""

    row: Row
    repository: Repository
    author: Account
    work: Work | None
    gone: bool = False
    reviewers: list[Account] = field(default_factory=list)
    attachment: Row | None = None


Act = Callable[["Simulation", Change, int, Any], None]


def create(  # noqa: PLR0913 - a pull request is about all of these
    sim: Simulation,
    repository: Repository,
    author: Account,
    work: Work | None,
    *,
    title: str,
    branch: str,
    body: str,
    at: int,
) -> Change:
    """Open a pull request, still without commits and files."""
    repository.last_number += 1
    number = repository.last_number
    key = sim.ids.number()
    stamp = github_time(at)
    url = f"{repository.row['url']}/pull/{number}"
    row: Row = {
        "id": f"PR_kwDO{repository.row['databaseId']:x}{key:x}",
        "fullDatabaseId": str(key),
        "number": number,
        "repositoryId": repository.row["id"],
        "title": title,
        "body": body,
        "state": "OPEN",
        "isDraft": False,
        "merged": False,
        "closed": False,
        "locked": False,
        "authorAssociation": author.association,
        "baseRefName": "main",
        "baseRefOid": repository.head,
        "headRefName": branch,
        "headRefOid": repository.head,
        "isCrossRepository": author.association != "MEMBER",
        "maintainerCanModify": False,
        "mergeable": "MERGEABLE",
        "additions": 0,
        "deletions": 0,
        "changedFiles": 0,
        "totalCommentsCount": 0,
        "createdAt": stamp,
        "publishedAt": stamp,
        "updatedAt": stamp,
        "url": url,
        "permalink": url,
        "resourcePath": f"/{ORGANIZATION}/{repository.row['name']}/pull/{number}",
        "labels": [],
        "assigneeIds": [],
        "requestedReviewerIds": [],
        "closingIssues": [],
        **{name: [] for name in NESTED},
    }
    if author.id is not None:
        row["authorId"] = author.id
    if author.association == "MEMBER" or sim.chance(0.9):
        row["headRepositoryId"] = repository.row["id"]
    sim.github.pull_requests[row["id"]] = row
    return Change(row, repository, author, work)


def touch(change: Change, at: int) -> str:
    """Any activity moves the pull request's `updatedAt`; gives the timestamp."""
    stamp = github_time(at)
    change.row["updatedAt"] = max(change.row["updatedAt"], stamp)
    return stamp


def event(sim: Simulation, change: Change, at: int, kind: str, actor: Account | None, **details: Any) -> None:  # noqa: ANN401, E501, PLR0913 - the fields of that event
    """Add an item to the pull request's timeline."""
    row: Row = {
        "__typename": kind,
        "id": f"{_INITIALS[kind]}_lADO{sim.ids.number():x}",
        "createdAt": touch(change, at),
        **details,
    }
    if actor is not None and actor.id is not None:
        row["actorId"] = actor.id
    change.row["timelineItems"].append(row)


_INITIALS = {
    "ReadyForReviewEvent": "RFRE",
    "ConvertToDraftEvent": "CTDE",
    "ReviewRequestedEvent": "RRE",
    "ReviewRequestRemovedEvent": "RRRE",
    "ReviewDismissedEvent": "RDE",
    "ReopenedEvent": "REE",
    "ClosedEvent": "CE",
    "MergedEvent": "ME",
    "HeadRefForcePushedEvent": "HRFPE",
    "HeadRefDeletedEvent": "HRDE",
    "LabeledEvent": "LE",
    "AssignedEvent": "AE",
    "RenamedTitleEvent": "RTE",
}


def push(sim: Simulation, change: Change, at: int, commit: Row) -> None:
    """Add a commit to the branch."""
    touch(change, at)
    row = change.row
    row["commits"].append({"id": f"PURC_kwDO{sim.ids.number():x}", "commit": commit})
    row["headRefOid"] = commit["oid"]


def comment(sim: Simulation, change: Change, at: int, author: Account) -> None:
    """Say something in the conversation."""
    row = change.row
    key = sim.ids.number()
    stamp = touch(change, at)
    said: Row = {
        "id": f"IC_kwDO{key:x}",
        "fullDatabaseId": str(key),
        "body": sim.texts.remark(),
        "authorAssociation": author.association,
        "createdAt": stamp,
        "publishedAt": stamp,
        "updatedAt": stamp,
        "isMinimized": False,
        "url": f"{row['url']}#issuecomment-{key}",
    }
    if author.id is not None:
        said["authorId"] = author.id
    row["comments"].append(said)
    row["totalCommentsCount"] += 1


def review(sim: Simulation, change: Change, at: int, author: Account, state: str) -> Row:
    """Submit a review: APPROVED, CHANGES_REQUESTED or COMMENTED."""
    row = change.row
    key = sim.ids.number()
    stamp = touch(change, at)
    said: Row = {
        "id": f"PRR_kwDO{key:x}",
        "fullDatabaseId": str(key),
        "state": state,
        "body": sim.texts.remark() if sim.chance(0.4) else "",
        "authorAssociation": author.association,
        "commit": {"oid": row["headRefOid"]},
        "createdAt": stamp,
        "publishedAt": stamp,
        "submittedAt": stamp,
        "updatedAt": stamp,
        "isMinimized": False,
        "url": f"{row['url']}#pullrequestreview-{key}",
    }
    if author.id is not None:
        said["authorId"] = author.id
    row["reviews"].append(said)
    if state != "COMMENTED":
        row["reviewDecision"] = state
    if author.id in row["requestedReviewerIds"]:
        row["requestedReviewerIds"].remove(author.id)
    return said


def remark(sim: Simulation, change: Change, at: int, author: Account, part_of: Row) -> None:
    """Comment on a line, as part of a review: in a new thread or an old one."""
    row = change.row
    key = sim.ids.number()
    stamp = touch(change, at)
    threads = row["reviewThreads"]
    reply = bool(threads) and (author is change.author or sim.chance(0.3))
    if reply:
        thread = sim.pick(threads)
    else:
        line = sim.random.randrange(1, 400)
        path = sim.pick(row["files"])["path"] if row["files"] else sim.texts.path()
        thread = {
            "id": f"PRRT_kwDO{key:x}",
            "path": path,
            "line": line,
            "originalLine": line,
            "diffSide": "RIGHT",
            "subjectType": "LINE",
            "isResolved": False,
            "isOutdated": False,
            "isCollapsed": False,
            "comments": [],
        }
        threads.append(thread)
    said: Row = {
        "id": f"PRRC_kwDO{key:x}",
        "fullDatabaseId": str(key),
        "pullRequestReviewId": part_of["id"],
        "body": sim.texts.remark(),
        "authorAssociation": author.association,
        "path": thread["path"],
        "originalLine": thread["originalLine"],
        "originalPosition": thread["originalLine"] % 40 + 1,
        "diffHunk": "@@ -1,4 +1,6 @@",
        "subjectType": "LINE",
        "state": "SUBMITTED",
        "outdated": thread["isOutdated"],
        "isMinimized": False,
        "commit": {"oid": row["headRefOid"]},
        "originalCommit": {"oid": row["headRefOid"]},
        "draftedAt": stamp,
        "createdAt": stamp,
        "publishedAt": stamp,
        "updatedAt": stamp,
        "url": f"{row['url']}#discussion_r{key}",
    }
    if not thread["isOutdated"]:
        said["line"] = thread["line"]
        said["position"] = said["originalPosition"]
    if reply:
        said["replyToId"] = thread["comments"][0]["id"]
    if author.id is not None:
        said["authorId"] = author.id
    thread["comments"].append(said)
    row["totalCommentsCount"] += 1


def close(sim: Simulation, change: Change, at: int, actor: Account) -> None:
    """Close it without merging."""
    event(sim, change, at, "ClosedEvent", actor)
    change.row.update(state="CLOSED", closed=True, closedAt=github_time(at))


def merge(sim: Simulation, change: Change, at: int, actor: Account) -> None:
    """Merge it into the default branch."""
    row = change.row
    landed = commits.land(sim, change.repository, row, change.author, at)
    stamp = github_time(at)
    event(sim, change, at, "MergedEvent", actor, mergeRefName="main", commit={"oid": landed["oid"]})
    event(sim, change, at, "ClosedEvent", actor)
    row.update(state="MERGED", merged=True, closed=True, mergedAt=stamp, closedAt=stamp)
    row["mergeCommit"] = {"oid": landed["oid"]}
    row["mergeable"] = "UNKNOWN"
    if actor.id is not None:
        row["mergedById"] = actor.id


def rest(change: Change) -> None:
    """Pack what a finished pull request has gathered."""
    row = change.row
    for name in NESTED:
        row[name] = packed(row[name])

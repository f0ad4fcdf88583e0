"""Pull requests: the changes of one, and its rows after each change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.company import commits
from sandbox.company.model import Change
from sandbox.company.rows import Row, database_id, github_time, pack

if TYPE_CHECKING:
    from sandbox.company.kernel import Company
    from sandbox.company.model import Account, Proposal, Repository

NESTED = ("reviews", "reviewThreads", "comments", "files", "commits", "timelineItems")
_CHANGES = (
    ("MODIFIED",) * 12 + ("ADDED",) * 4 + ("DELETED", "RENAMED", "COPIED", "CHANGED")
)
_EVENT_IDS = {
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


CONVERSATION, LINE = "IC_kwDO", "PRRC_kwDO"
"""How the ids of comments begin."""


def create(sim: Company, proposal: Proposal, at: int) -> Change:
    """Open a pull request with its files, still without commits."""
    repository, author = proposal.repository, proposal.author
    repository.last_number += 1
    number = repository.last_number
    key = sim.ids.number()
    stamp = github_time(at)
    outside = author.association != "MEMBER"
    row: Row = {
        "id": f"PR_kwDO{repository.row['databaseId']:x}{key:x}",
        "fullDatabaseId": str(key),
        "number": number,
        "repositoryId": repository.row["id"],
        "title": proposal.title,
        "body": proposal.body,
        "state": "OPEN",
        "isDraft": proposal.draft,
        "merged": False,
        "closed": False,
        "authorAssociation": author.association,
        "baseRefName": "main",
        "baseRefOid": "".join(repository.tip) or "0" * 40,
        "headRefName": proposal.branch,
        "isCrossRepository": outside,
        "mergeable": "MERGEABLE",
        "totalCommentsCount": 0,
        "createdAt": stamp,
        "publishedAt": stamp,
        "updatedAt": stamp,
        "labels": [],
        "assigneeIds": [],
        "requestedReviewerIds": [],
        "closingIssues": [],
        **{name: [] for name in NESTED},
        **database_id(key),
    }
    if author.id is not None:
        row["authorId"] = author.id
    if not outside:  # a fork's repository is not ours to see, or deleted: null
        row["headRepositoryId"] = repository.row["id"]
    row["files"] = _files(sim, repository, proposal.volume.files)
    row["additions"] = sum(entry["additions"] for entry in row["files"])
    row["deletions"] = sum(entry["deletions"] for entry in row["files"])
    row["changedFiles"] = len(row["files"])
    sim.github.pull_requests[row["id"]] = row
    return Change(row, repository, author, proposal.work)


def _files(sim: Company, repository: Repository, count: int) -> list[Row]:
    around = sim.around
    paths = sim.random.sample(repository.paths, min(count, len(repository.paths)))
    paths += [f"generated/{number:04}.json" for number in range(count - len(paths))]
    return [
        {
            "path": path,
            "additions": int(around(6.7, 1.5)),
            "deletions": int(around(2.0, 1.5)),
            "changeType": sim.pick(_CHANGES),
        }
        for path in paths
    ]


def touch(change: Change, at: int) -> str:
    """Set the pull request's `updatedAt` after any activity; return the timestamp."""
    stamp = github_time(at)
    change.row["updatedAt"] = stamp
    return stamp


def event(
    sim: Company,
    change: Change,
    at: int,
    kind: str,
    actor: Account | None,
    **details: object,
) -> None:
    """Add an item to the pull request's timeline."""
    row: Row = {
        "__typename": kind,
        "id": f"{_EVENT_IDS[kind]}_lADO{sim.ids.number():x}",
        "createdAt": touch(change, at),
        **details,
    }
    if actor is not None and actor.id is not None:
        row["actorId"] = actor.id
    change.row["timelineItems"].append(row)


def say(sim: Company, change: Change, at: int, author: Account, stem: str) -> Row:
    """What conversation and review comments have in common."""
    row = change.row
    key = sim.ids.number()
    stamp = touch(change, at)
    row["totalCommentsCount"] += 1
    said: Row = {
        "id": f"{stem}{key:x}",
        "fullDatabaseId": str(key),
        "body": sim.texts.remark(),
        "authorAssociation": author.association,
        "createdAt": stamp,
        "publishedAt": stamp,
        "updatedAt": stamp,
        **database_id(key),
    }
    if author.id is not None:
        said["authorId"] = author.id
    return said


def comment(sim: Company, change: Change, at: int, author: Account) -> None:
    """Write a comment in the conversation."""
    said = say(sim, change, at, author, CONVERSATION)
    if author is sim.crowd.coverage_bot:
        said["body"] = (
            f"## Coverage\n\n{sim.random.randrange(600, 990) / 10} % of the diff"
        )
    comments = change.row["comments"]
    if comments and sim.chance(0.05):  # corrects an earlier comment
        comments[-1].update(
            body=sim.texts.remark(),
            includesCreatedEdit=True,
            lastEditedAt=said["createdAt"],
            updatedAt=said["createdAt"],
        )
        if "authorId" in comments[-1]:
            comments[-1]["editorId"] = comments[-1]["authorId"]
    elif comments and sim.chance(0.03):
        comments[-1].update(isMinimized=True, minimizedReason="outdated")
    comments.append(said)


def tip(change: Change, *, before: int = 0) -> list[str]:
    """The oid of the branch's newest commit, or of one `before` it; [] is none."""
    branch = change.row["commits"]
    if len(branch) > before:
        return [str(branch[-1 - before]["commit"]["oid"])]
    base = change.row["baseRefOid"]
    return [base] if base.strip("0") else []


def push(sim: Company, change: Change, at: int, commit: Row) -> None:
    """Add a commit to the branch."""
    touch(change, at)
    row = change.row
    row["commits"].append({"id": f"PURC_kwDO{sim.ids.number():x}", "commit": commit})
    row["headRefOid"] = commit["oid"]


def force_push(sim: Company, change: Change, at: int, commit: Row) -> None:
    """Replace the branch's last commit."""
    row = change.row
    before = row["headRefOid"]
    row["commits"].pop()
    push(sim, change, at, commit)
    event(
        sim, change, at, "HeadRefForcePushedEvent", change.author,
        beforeCommit={"oid": before}, afterCommit={"oid": commit["oid"]},
    )  # fmt: skip


def close(sim: Company, change: Change, at: int, actor: Account) -> None:
    """Close it without merging."""
    event(sim, change, at, "ClosedEvent", actor)
    change.row.update(state="CLOSED", closed=True, closedAt=github_time(at))


def reopen(sim: Company, change: Change, at: int, actor: Account) -> None:
    """Reopen it."""
    event(sim, change, at, "ReopenedEvent", actor)
    change.row.update(state="OPEN", closed=False)
    del change.row["closedAt"]


def merge(sim: Company, change: Change, at: int, actor: Account) -> None:
    """Merge it into the default branch; an unknown actor leaves `mergedBy` null."""
    row = change.row
    landed = commits.land(sim, change.repository, row, change.author, at)
    commit = {"oid": landed["oid"]}
    event(sim, change, at, "MergedEvent", actor, mergeRefName="main", commit=commit)
    event(sim, change, at, "ClosedEvent", actor)
    row.update(state="MERGED", merged=True, closed=True, mergeable="UNKNOWN")
    row["mergedAt"] = row["closedAt"] = row["updatedAt"]
    row["mergeCommit"] = commit
    row["requestedReviewerIds"] = []
    if sim.chance(0.02):
        row.update(locked=True, activeLockReason="RESOLVED")
    if actor.id is not None:
        row["mergedById"] = actor.id


def rest(change: Change) -> None:
    """Compress the rows of a finished pull request."""
    change.row.update(pack({name: change.row[name] for name in NESTED}))

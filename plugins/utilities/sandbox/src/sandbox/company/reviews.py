"""Reviews and review comments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.company.pull_requests import LINE, event, say, touch
from sandbox.company.rows import DAY, MINUTE, database_id, github_time

if TYPE_CHECKING:
    from sandbox.company.kernel import Company
    from sandbox.company.model import Account, Change
    from sandbox.company.rows import Row

_DAYS_EARLIER, _MINUTES_EARLIER = 0.027, 0.335
"""More than measured: some are drafted soon after the pull request was opened."""
_HUNK = "@@ -12,6 +12,9 @@ def handler(request):\n     token = 1\n+    check(token)"


def submit(  # noqa: PLR0913 - a review is all of these
    sim: Company,
    change: Change,
    at: int,
    author: Account,
    state: str,
    *,
    remarks: int,
    bare: bool = False,
) -> Row:
    """Submit a review.

    Args:
        sim: The company.
        change: The pull request.
        at: When, ms.
        author: Who reviews.
        state: APPROVED, CHANGES_REQUESTED or COMMENTED.
        remarks: How many comments it will have; GitHub accepts no COMMENTED review
            without a body and without comments.
        bare: Without a body, as a review is that only answers in a thread.
    """
    row = change.row
    key = sim.ids.number()
    stamp = touch(change, at)
    said: Row = {
        "id": f"PRR_kwDO{key:x}",
        "fullDatabaseId": str(key),
        "state": state,
        "body": _body(sim, state, remarks, bare=bare),
        "authorAssociation": author.association,
        "createdAt": stamp,
        "publishedAt": stamp,
        "submittedAt": stamp,
        "updatedAt": stamp,
        **database_id(key),
    }
    if not sim.chance(0.01):  # the commit is gone from the repository
        said["commit"] = {"oid": row["headRefOid"]}
    if author.id is not None:
        said["authorId"] = author.id
    row["reviews"].append(said)
    if state != "COMMENTED":
        row["reviewDecision"] = state
    answered = {author.id}
    if author.association == "MEMBER" and author is not change.author:
        answered.add(sim.crowd.review_team.id)
    row["requestedReviewerIds"] = [
        key for key in row["requestedReviewerIds"] if key not in answered
    ]
    return said


def _body(sim: Company, state: str, remarks: int, *, bare: bool) -> str:
    if bare:
        return ""
    needed = state == "COMMENTED" and not remarks
    return sim.texts.remark() if needed or sim.chance(0.4) else ""


def dismiss(sim: Company, change: Change, at: int, actor: Account) -> None:
    """Dismiss the last approval: the branch has changed since."""
    approvals = [said for said in change.row["reviews"] if said["state"] == "APPROVED"]
    if approvals:
        said = approvals[-1]
        said["state"] = "DISMISSED"
        change.row["reviewDecision"] = "REVIEW_REQUIRED"
        event(
            sim, change, at, "ReviewDismissedEvent", actor,
            reviewId=said["id"], previousReviewState="APPROVED",
            dismissalMessage="The merge-base changed after approval.",
        )  # fmt: skip


def remark(  # noqa: PLR0913 - a comment is all of these
    sim: Company,
    change: Change,
    at: int,
    author: Account,
    part_of: Row,
    *,
    only_reply: bool = False,
) -> None:
    """Comment on a line, as part of a review: in a new thread or an old one."""
    row = change.row
    threads = row["reviewThreads"]
    reply = only_reply or (
        bool(threads) and (author is change.author or sim.chance(0.3))
    )
    if reply:  # the first thread becomes long
        thread = threads[0] if sim.chance(0.3) else sim.pick(threads)
    else:
        thread = _thread(sim, change)
    line = thread.get("originalLine")
    said = say(sim, change, at, author, LINE) | {
        "pullRequestReviewId": part_of["id"],
        "path": thread["path"],
        "originalPosition": (line or 0) % 40 + 1,
        "diffHunk": _HUNK,
        "subjectType": thread["subjectType"],
        "state": "SUBMITTED",
        "outdated": thread["isOutdated"],
        "commit": {"oid": row["headRefOid"]},
        "originalCommit": {"oid": row["headRefOid"]},
    }
    if author is not sim.crowd.review_bot:
        said["createdAt"] = _drafted(sim, change, at, thread)
    said["draftedAt"] = said["createdAt"]
    if line is not None:
        said["originalLine"] = line
    for name in ("startLine", "originalStartLine"):
        if name in thread:
            said[name] = thread[name]
    if "line" in thread:
        said["line"] = thread["line"]
        said["position"] = said["originalPosition"]
    if thread["comments"]:
        said["replyToId"] = thread["comments"][0]["id"]
        if author is change.author and sim.chance(0.5):
            _resolve(thread, author)
    thread["comments"].append(said)


def _drafted(sim: Company, change: Change, at: int, thread: Row) -> str:
    """Return when a comment was written that is visible since `at`.

    Of 8,095 real ones, 2,349 were written more than a minute earlier, 84 of these more
    than a day (docs/apis/github.md: learned later). None before what it answers.
    """
    rank = sim.random.random()
    if rank < _DAYS_EARLIER:
        lag = sim.days(1, 6)
    elif rank < _MINUTES_EARLIER:
        lag = min(int(sim.around(12, 1.3) * MINUTE) + MINUTE, DAY)
    else:
        lag = int(sim.random.random() * MINUTE)
    opened: str = change.row["createdAt"]
    before = [str(comment["publishedAt"]) for comment in thread["comments"][-1:]]
    return max(github_time(at - lag), opened, *before)


def _thread(sim: Company, change: Change) -> Row:
    row = change.row
    thread: Row = {
        "id": f"PRRT_kwDO{sim.ids.number():x}",
        "path": sim.pick(row["files"])["path"],
        "diffSide": "LEFT" if sim.chance(0.05) else "RIGHT",
        "subjectType": "LINE",
        "isResolved": False,
        "isOutdated": False,
        "isCollapsed": False,
        "comments": [],
    }
    if sim.chance(0.04):
        thread["subjectType"] = "FILE"
    else:
        thread["line"] = thread["originalLine"] = sim.random.randrange(1, 400)
        if sim.chance(0.2):
            thread["startLine"] = thread["originalStartLine"] = max(
                1, thread["line"] - 3
            )
            thread["startDiffSide"] = thread["diffSide"]
    row["reviewThreads"].append(thread)
    return thread


def _resolve(thread: Row, by: Account) -> None:
    if by.id is not None:
        thread["isResolved"] = thread["isCollapsed"] = True
        thread["resolvedById"] = by.id


def outdate(sim: Company, change: Change) -> None:
    """New commits move lines: in the end, the `line` of most comments is null."""
    for thread in change.row["reviewThreads"]:
        if "line" in thread and sim.chance(0.65):
            thread["isOutdated"] = True
            del thread["line"]
            thread.pop("startLine", None)
            for said in thread["comments"]:
                said.pop("line", None)
                said.pop("position", None)
                said.pop("startLine", None)
                said["outdated"] = True

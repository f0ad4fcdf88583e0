"""The steps of a pull request's story."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sandbox.company import agents, commits, discussion, pull_requests, reviews
from sandbox.company.commits import Lines
from sandbox.company.rows import HOUR, github_time

if TYPE_CHECKING:
    from sandbox.company.kernel import Company
    from sandbox.company.model import Account, Change

_FUTURE = "2099-01-01T00:00:00Z"
_UPDATES = 0.04
"""How many pushes merge the default branch into the pull request's."""
_GONE, _GONE_WITH_THE_AUTHOR = 0.01, 0.15


class Said(NamedTuple):
    """A review: its author, its state and its number of comments."""

    by: Account
    verdict: str
    remarks: int
    only_replies: bool = False


def ready(sim: Company, change: Change, at: int, _: None) -> None:
    """A draft is ready for review."""
    change.row["isDraft"] = False
    pull_requests.event(sim, change, at, "ReadyForReviewEvent", change.author)
    discussion.follow_pull_request(change, at)
    sim.ready_for_review(change, at)


def _commit(
    sim: Company, change: Change, at: int, *, in_place_of: int = 0
) -> dict[str, Any]:
    """Write a commit on top of the branch, or instead of its newest ones."""
    row = change.row
    share = 1 + len(row["commits"])
    lines = Lines(
        row["additions"] // share,
        row["deletions"] // share,
        row["changedFiles"] // share,
    )
    message = sim.texts.commit(row["title"], sim.identifier_of(change))
    message = agents.sign(sim, row, message)
    written = at - int(sim.random.expovariate(0.15) * HOUR)
    return commits.make(
        sim,
        sim.hand_of(change.author),
        message,
        lines,
        authored=written,
        committed=written,
        parents=pull_requests.tip(change, before=in_place_of),
    )


def push(sim: Company, change: Change, at: int, _: None) -> None:
    """Push a commit; some merge the default branch."""
    if sim.chance(_UPDATES) and _update(sim, change, at, sim.hand_of(change.author)):
        return
    pull_requests.push(sim, change, at, _commit(sim, change, at))
    reviews.outdate(sim, change)


def _update(sim: Company, change: Change, at: int, who: Account) -> bool:
    """Merge the default branch into this one: a commit with two parents.

    False if there is nothing to merge.
    """
    row = change.row
    merged = {row["baseRefOid"]}
    for entry in row["commits"]:
        merged.update(entry["commit"]["parents"])
    if not row["commits"] or merged.issuperset(change.repository.tip):
        return False
    commit = commits.make(
        sim,
        who,
        f"Merge branch 'main' into {row['headRefName']}",
        Lines(int(sim.around(90, 1.2)), int(sim.around(40, 1.2)), sim.pick((2, 5, 12))),
        authored=at,
        committed=at,
        parents=[*pull_requests.tip(change), *change.repository.tip],
        on_the_site=True,
    )
    pull_requests.push(sim, change, at, commit)
    return True


def update_by_bot(sim: Company, change: Change, at: int, bot: Account) -> None:
    """A bot keeps an open pull request's branch up to date."""
    if change.row["state"] == "OPEN":
        _update(sim, change, at, bot)


def push_from_the_future(sim: Company, change: Change, at: int, _: None) -> None:
    """Somebody's laptop has a wrong date."""
    commit = _commit(sim, change, at)
    commit["authoredDate"] = commit["committedDate"] = _FUTURE
    pull_requests.push(sim, change, at, commit)


def amend(sim: Company, change: Change, at: int, _: None) -> None:
    """Replace the newest commit by another one."""
    commit = _commit(sim, change, at, in_place_of=1)
    pull_requests.force_push(sim, change, at, commit)
    reviews.outdate(sim, change)


def request(sim: Company, change: Change, at: int, reviewer: Account) -> None:
    """Ask somebody for a review."""
    if reviewer.id is not None:
        change.row["requestedReviewerIds"].append(reviewer.id)
        pull_requests.event(
            sim,
            change,
            at,
            "ReviewRequestedEvent",
            change.author,
            requestedReviewerId=reviewer.id,
        )


def unrequest(sim: Company, change: Change, at: int, reviewer: Account) -> None:
    """Remove a review request without a review."""
    if reviewer.id in change.row["requestedReviewerIds"]:
        change.row["requestedReviewerIds"].remove(reviewer.id)
        pull_requests.event(
            sim, change, at, "ReviewRequestRemovedEvent", change.author,
            requestedReviewerId=reviewer.id,
        )  # fmt: skip


def swap_request(sim: Company, change: Change, at: int, reviewer: Account) -> None:
    """Removed and requested again in the same second, as CODEOWNERS do it."""
    if reviewer.id in change.row["requestedReviewerIds"]:
        unrequest(sim, change, at, reviewer)
        request(sim, change, at, reviewer)


def ask_again(sim: Company, change: Change, at: int, reviewer: Account) -> None:
    """Request a review again from somebody who has not reviewed yet."""
    if reviewer.id in change.row["requestedReviewerIds"]:
        change.row["requestedReviewerIds"].remove(reviewer.id)
        request(sim, change, at, reviewer)


def submit(sim: Company, change: Change, at: int, said: Said) -> None:
    """Submit a review with its comments."""
    reviewer = said.by
    if sim.chance(share_gone(sim, change)):
        reviewer = sim.crowd.ghost
    answers = said.only_replies and bool(change.row["reviewThreads"])
    review = reviews.submit(
        sim, change, at, reviewer, said.verdict, bare=answers, remarks=said.remarks
    )
    for _ in range(said.remarks):
        reviews.remark(sim, change, at, reviewer, review, only_reply=answers)


def share_gone(sim: Company, change: Change) -> float:
    """Share of commenters who have deleted their accounts since."""
    return _GONE_WITH_THE_AUTHOR if change.author is sim.crowd.ghost else _GONE


def dismiss(sim: Company, change: Change, at: int, actor: Account) -> None:
    """Dismiss the last approval."""
    reviews.dismiss(sim, change, at, actor)


def comment(sim: Company, change: Change, at: int, author: Account) -> None:
    """Write a comment in the conversation."""
    pull_requests.comment(sim, change, at, author)


def label(sim: Company, change: Change, at: int, label: dict[str, Any]) -> None:
    """Add a label."""
    if label not in change.row["labels"]:
        change.row["labels"].append(label)
        pull_requests.event(sim, change, at, "LabeledEvent", change.author, label=label)


def assign(sim: Company, change: Change, at: int, assignee: Account) -> None:
    """Assign somebody."""
    if assignee.id is not None:
        change.row["assigneeIds"].append(assignee.id)
        pull_requests.event(
            sim, change, at, "AssignedEvent", assignee, assigneeId=assignee.id
        )


def rename(sim: Company, change: Change, at: int, _: None) -> None:
    """Change the title."""
    row = change.row
    before, row["title"] = row["title"], f"{row['title']} (take two)"
    row["lastEditedAt"] = github_time(at)
    if change.author.id is not None:
        row["editorId"] = change.author.id
    pull_requests.event(
        sim, change, at, "RenamedTitleEvent", change.author,
        previousTitle=before, currentTitle=row["title"],
    )  # fmt: skip


def merge(sim: Company, change: Change, at: int, actor: Account) -> None:
    """Merge it, unless it is closed."""
    if change.row["state"] == "OPEN":
        pull_requests.merge(sim, change, at, actor)
        sim.closed(change, at)


def close(sim: Company, change: Change, at: int, actor: Account) -> None:
    """Close it, unless it is closed."""
    if change.row["state"] == "OPEN":
        pull_requests.close(sim, change, at, actor)
        sim.closed(change, at)


def reopen(sim: Company, change: Change, at: int, actor: Account) -> None:
    """Reopen it, unless it is open."""
    if change.row["state"] == "CLOSED":
        pull_requests.reopen(sim, change, at, actor)


def delete_branch(sim: Company, change: Change, at: int, actor: Account) -> None:
    """Delete the branch."""
    name = change.row["headRefName"]
    pull_requests.event(sim, change, at, "HeadRefDeletedEvent", actor, headRefName=name)

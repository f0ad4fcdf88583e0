"""The lives of pull requests: from the first commit to the merge, or to nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.company import commits, issues, pull_requests
from sandbox.company.people import ORGANIZATION
from sandbox.company.rows import MINUTE, SECOND, Row, github_time, linear_time

if TYPE_CHECKING:
    from sandbox.company.clock import Process
    from sandbox.company.issues import Work
    from sandbox.company.people import Account, Person
    from sandbox.company.pull_requests import Change
    from sandbox.company.simulation import Simulation


def propose(sim: Simulation, work: Work, person: Person, at: int) -> None:
    """Let `person` open a pull request for an issue at `at`."""
    if person.accounts:
        work.open_pull_requests += 1
        sim.calendar.add(at, _live(sim, work, person.account), work)


def _live(sim: Simulation, work: Work, author: Account) -> Process:
    change = _open(sim, work, author, sim.now)
    for at, act, argument in _story(sim, change, sim.now):
        yield at
        if change.row["state"] == "OPEN":
            act(sim, change, sim.now, argument)
    _after(sim, change, sim.now)
    pull_requests.rest(change)


def _open(sim: Simulation, work: Work, author: Account, at: int) -> Change:
    issue = work.row
    repository = sim.repositories[sim.teams.index(work.team) % len(sim.repositories)]
    change = pull_requests.create(
        sim,
        repository,
        author,
        work,
        title=f"{issue['identifier']}: {issue['title']}",
        branch=issue["branchName"],
        body=f"Fixes {issue['identifier']}",
        at=at,
    )
    row = change.row
    count = sim.counts("files")
    row["files"] = [
        {
            "path": path,
            "additions": int(sim.random.lognormvariate(2.2, 1.3)),
            "deletions": int(sim.random.lognormvariate(1.2, 1.4)),
            "changeType": "MODIFIED",
        }
        for path in sim.random.choices(repository.paths, k=max(1, count))
    ]
    row["additions"] = sum(entry["additions"] for entry in row["files"])
    row["deletions"] = sum(entry["deletions"] for entry in row["files"])
    row["changedFiles"] = len(row["files"])
    _push(sim, change, at, None)
    if sim.chance(0.7):
        _attach(sim, change, work, at)
    issues.state(sim, work, at + SECOND, None, "review")
    return change


def _attach(sim: Simulation, change: Change, work: Work, at: int) -> None:
    """Linear's GitHub integration links the pull request."""
    row = change.row
    key = sim.ids.uuid()
    stamp = linear_time(at + 5 * SECOND)
    change.attachment = {
        "id": key,
        "issueId": work.row["id"],
        "title": row["title"],
        "url": row["url"],
        "sourceType": "github",
        "groupBySource": False,
        "metadata": {
            "number": row["number"],
            "status": "open",
            "branch": row["headRefName"],
            "repoLogin": ORGANIZATION,
            "repoName": change.repository.row["name"],
        },
        "createdAt": stamp,
        "updatedAt": stamp,
    }
    sim.linear.attachments[key] = change.attachment


def _story(sim: Simulation, change: Change, at: int) -> list[tuple[int, Any, Any]]:
    """What will happen to it, in order of time."""
    story: list[tuple[int, Any, Any]] = []
    reviewers = sim.reviewers(change.author)
    change.reviewers = reviewers
    moment = at + 2 * MINUTE
    for reviewer in reviewers:
        story.append((moment, _request, reviewer))
    rounds = sim.counts("reviews") if reviewers else 0
    remarks = sim.counts("remarks")
    for number in range(rounds):
        moment = sim.later(moment, 6)
        reviewer = sim.pick(reviewers)
        last = number == rounds - 1
        verdict = "APPROVED" if last else sim.pick(("COMMENTED", "CHANGES_REQUESTED"))
        story.append((moment, _review, (reviewer, verdict, remarks // rounds)))
        if verdict == "CHANGES_REQUESTED":
            moment = sim.later(moment, 5)
            story.append((moment, _push, None))
    end = sim.later(moment, 6)
    talk = sim.counts("comments")
    for _ in range(talk):
        who = sim.pick([change.author, *reviewers])
        story.append((sim.between(at + MINUTE, end), _comment, who))
    if sim.chance(0.88):
        story.append((end, _merge, sim.pick([change.author, *reviewers])))
    elif sim.chance(0.7):
        story.append((end, _close, change.author))
    story.sort(key=lambda step: step[0])
    return story


def _request(sim: Simulation, change: Change, at: int, reviewer: Account) -> None:
    if reviewer.id:
        change.row["requestedReviewerIds"].append(reviewer.id)
        pull_requests.event(
            sim, change, at, "ReviewRequestedEvent", change.author, requestedReviewerId=reviewer.id
        )


def _review(sim: Simulation, change: Change, at: int, what: tuple[Account, str, int]) -> None:
    reviewer, verdict, remarks = what
    said = pull_requests.review(sim, change, at, reviewer, verdict)
    for _ in range(remarks):
        pull_requests.remark(sim, change, at, reviewer, said)


def _push(sim: Simulation, change: Change, at: int, _: None) -> None:
    row = change.row
    lines = (row["additions"], row["deletions"], row["changedFiles"])
    commit = commits.make_commit(
        sim, change.author, row["title"], authored=at - MINUTE, committed=at - MINUTE, lines=lines
    )
    pull_requests.push(sim, change, at, commit)


def _comment(sim: Simulation, change: Change, at: int, author: Account) -> None:
    pull_requests.comment(sim, change, at, author)


def _merge(sim: Simulation, change: Change, at: int, actor: Account) -> None:
    pull_requests.merge(sim, change, at, actor)


def _close(sim: Simulation, change: Change, at: int, actor: Account) -> None:
    pull_requests.close(sim, change, at, actor)


def _after(sim: Simulation, change: Change, at: int) -> None:
    """Tell Linear how it ended."""
    row, work = change.row, change.work
    if row["state"] == "OPEN" or work is None:
        return
    if change.attachment is not None:
        metadata: Row = dict(change.attachment["metadata"])
        metadata["status"] = row["state"].lower()
        if "mergedAt" in row:
            metadata["mergedAt"] = github_time(at)
        change.attachment["metadata"] = metadata
        change.attachment["updatedAt"] = linear_time(at + SECOND)
    work.open_pull_requests -= 1
    if work.open_pull_requests == 0 and not work.gone:
        sim.finish(work, at + 2 * SECOND)

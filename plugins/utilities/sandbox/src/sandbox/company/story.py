"""What will happen to a pull request, step by step, drawn when it is opened."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from sandbox.company import commits, discussion, pull_requests, reviews
from sandbox.company.commits import Lines
from sandbox.company.rows import DAY, HOUR, MINUTE, github_time

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.company.people import Account
    from sandbox.company.pull_requests import Change, Proposal
    from sandbox.company.simulation import Simulation


class Step(NamedTuple):
    """One thing that happens: `act` gets company, pull request, instant and `what`."""

    at: int
    act: Callable[[Simulation, Change, int, Any], None]
    what: Any = None


@dataclass(slots=True)
class Story:
    """A pull request's steps while they are drawn."""

    sim: Simulation
    change: Change
    proposal: Proposal
    opened: int
    steps: list[Step] = field(default_factory=list)
    commits_left: int = 0

    def add(self, at: int, act: Callable[..., None], what: object = None) -> None:
        """Let something happen."""
        self.steps.append(Step(at, act, what))


def draw(
    sim: Simulation, change: Change, proposal: Proposal, opened: int
) -> list[Step]:
    """Everything that will happen to the pull request, in order of time."""
    if proposal.draft and sim.chance(0.06):  # begun, and never heard of again
        return [Step(opened, _push)] * proposal.volume.commits
    story = Story(sim, change, proposal, opened)
    ready = _prepare(story)
    last, approver = _review(story, ready)
    end = _end(story, ready, last, approver)
    _talk(story, end)
    _odds(story, end)
    return sorted(story.steps, key=lambda step: step.at)


# Before the review ------------------------------------------------------------


def _prepare(story: Story) -> int:
    """Write the commits; gives the instant at which it is ready for review."""
    sim, volume = story.sim, story.proposal.volume
    ready = story.opened
    if story.proposal.draft:
        month = sim.chance(0.15)
        wait = sim.days(25, 40) if month else int(sim.around(20, 1.0) * HOUR)
        ready = sim.later(story.opened + wait, 1)
        story.add(ready, _ready)
    first = max(1, round(volume.commits * (0.5 if story.proposal.draft else 0.65)))
    story.commits_left = volume.commits - first
    for _ in range(first):
        story.add(story.opened, _push)
    if story.proposal.draft:
        for _ in range(story.commits_left // 2):
            story.add(sim.between(story.opened + MINUTE, ready), _push)
        story.commits_left -= story.commits_left // 2
    for reviewer in story.change.reviewers:
        story.add(ready, _request, reviewer)
    return ready


# The review -------------------------------------------------------------------


def _review(story: Story, ready: int) -> tuple[int, Account | None]:
    """Draw the reviews; gives the last one's instant and who approved."""
    sim, change, volume = story.sim, story.change, story.proposal.volume
    people = change.reviewers
    if not people or not volume.reviews:
        return ready, None
    remarks = [0] * volume.reviews
    for _ in range(volume.remarks):
        remarks[int(sim.random.random() * volume.reviews)] += 1
    at = ready
    if sim.chance(0.15):  # bots are always first
        story.add(
            ready + 2 * MINUTE,
            _submit,
            (sim.crowd.review_bot, "COMMENTED", remarks.pop()),
        )
        if not remarks:
            return ready, None
    approver = None
    hurry = 8 / (1 + len(remarks))
    for number, count in enumerate(remarks):
        at = sim.later(at, 5 if number == 0 else hurry, sitting=number == 0)
        who, verdict = _verdict(sim, change, number, len(remarks))
        story.add(at, _submit, (who, verdict, count))
        if verdict == "CHANGES_REQUESTED":
            at = _answer(story, at)
        elif verdict == "APPROVED":
            approver = who
    if approver is not None and sim.chance(0.05):
        story.add(at + 20 * MINUTE, _dismiss, change.author)
        story.add(at + 40 * MINUTE, _push if story.commits_left else _amend)
        story.commits_left -= 1
        at += HOUR
    return at, approver


def _verdict(
    sim: Simulation, change: Change, number: int, count: int
) -> tuple[Account, str]:
    """Who reviews, and what comes of it."""
    if number == count - 1 and sim.chance(0.9):
        return sim.pick(change.reviewers), "APPROVED"
    if sim.chance(0.2):
        return change.author, "COMMENTED"  # answering makes a review of its own
    verdict = sim.pick(("COMMENTED", "COMMENTED", "CHANGES_REQUESTED", "APPROVED"))
    return sim.pick(change.reviewers), verdict


def _answer(story: Story, at: int) -> int:
    """New commits after changes were requested, or an amended one, or nothing."""
    sim = story.sim
    if story.commits_left:
        some = max(1, story.commits_left // 2)
        story.commits_left -= some
        for _ in range(some):
            at = sim.later(at, 3 / some)
            story.add(at, _push)
        return at
    if sim.chance(0.4):
        at = sim.later(at, 3)
        story.add(at, _amend)
    return at


# The end ----------------------------------------------------------------------


def _end(story: Story, ready: int, last: int, approver: Account | None) -> int:
    """Merged, closed or left alone; gives the instant."""
    sim, change = story.sim, story.change
    end = sim.later(max(ready, last) + 5 * MINUTE, 4)
    while story.commits_left > 0:
        story.add(sim.between(story.opened + MINUTE, end), _push)
        story.commits_left -= 1
    merges, closes = (0.9, 0.085) if approver else (0.7, 0.28)
    if sim.chance(merges):
        mergers = (approver or change.author, change.author, sim.crowd.machine_user)
        who = sim.random.choices(mergers, (50, 46, 4))[0]
        story.add(end, _merge, sim.crowd.ghost if sim.chance(0.015) else who)
        if sim.chance(0.8):
            story.add(end + MINUTE, _delete_branch, who)
    elif sim.chance(closes / (1 - merges)):
        end += 0 if sim.chance(0.5) else sim.days(20, 200)
        story.add(end, _close, change.author)
        if sim.chance(0.1):
            story.add(end + DAY, _reopen, change.author)
            end = sim.later(end + 2 * DAY, 10)
            story.add(end, sim.pick((_merge, _close)), change.author)
    return end


def _talk(story: Story, end: int) -> None:
    """The conversation: bots at once, people until the end and a little after."""
    sim, change, count = story.sim, story.change, story.proposal.volume.comments
    if count and sim.chance(0.6):
        story.add(story.opened + 6 * MINUTE, _comment, sim.crowd.coverage_bot)
        count -= 1
    people = [change.author, *change.reviewers]
    for _ in range(count):
        at = sim.between(story.opened + 10 * MINUTE, end + MINUTE)
        if sim.chance(0.05):
            at = end + sim.days(0, 3)
        who = sim.crowd.ghost if sim.chance(0.01) else sim.pick(people)
        story.add(at, _comment, who)


def _odds(story: Story, end: int) -> None:
    """Labels, assignees, new titles."""
    sim, change = story.sim, story.change
    within = (story.opened + MINUTE, end)
    if sim.chance(0.35):
        story.add(sim.between(*within), _label, sim.pick(change.repository.labels))
    if sim.chance(0.3):
        story.add(story.opened + MINUTE, _assign, change.author)
    if sim.chance(0.04):
        story.add(sim.between(*within), _rename)
    if change.reviewers and sim.chance(0.05):
        story.add(sim.between(*within), _unrequest, change.reviewers[0])


# What the steps do ------------------------------------------------------------


def _ready(sim: Simulation, change: Change, at: int, _: None) -> None:
    change.row["isDraft"] = False
    pull_requests.event(sim, change, at, "ReadyForReviewEvent", change.author)
    discussion.follow_pull_request(change, at)
    sim.ready_for_review(change, at)


def _commit(sim: Simulation, change: Change, at: int) -> dict[str, Any]:
    row = change.row
    share = 1 + len(row["commits"])
    lines = Lines(
        row["additions"] // share,
        row["deletions"] // share,
        row["changedFiles"] // share,
    )
    message = sim.texts.commit(row["title"], sim.identifier_of(change))
    written = at - int(sim.random.expovariate(0.15) * HOUR)
    return commits.make(
        sim,
        sim.hand_of(change.author),
        message,
        lines,
        authored=written,
        committed=written,
    )


def _push(sim: Simulation, change: Change, at: int, _: None) -> None:
    pull_requests.push(sim, change, at, _commit(sim, change, at))
    reviews.outdate(sim, change)


def _amend(sim: Simulation, change: Change, at: int, _: None) -> None:
    pull_requests.force_push(sim, change, at, _commit(sim, change, at))
    reviews.outdate(sim, change)


def _request(sim: Simulation, change: Change, at: int, reviewer: Account) -> None:
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


def _unrequest(sim: Simulation, change: Change, at: int, reviewer: Account) -> None:
    if reviewer.id in change.row["requestedReviewerIds"]:
        change.row["requestedReviewerIds"].remove(reviewer.id)
        pull_requests.event(
            sim, change, at, "ReviewRequestRemovedEvent", change.author,
            requestedReviewerId=reviewer.id,
        )  # fmt: skip


def _submit(
    sim: Simulation, change: Change, at: int, what: tuple[Account, str, int]
) -> None:
    reviewer, verdict, count = what
    if sim.chance(0.01):
        reviewer = sim.crowd.ghost  # whose account is gone since
    said = reviews.submit(sim, change, at, reviewer, verdict)
    for _ in range(count):
        reviews.remark(sim, change, at, reviewer, said)


def _dismiss(sim: Simulation, change: Change, at: int, actor: Account) -> None:
    reviews.dismiss(sim, change, at, actor)


def _comment(sim: Simulation, change: Change, at: int, author: Account) -> None:
    pull_requests.comment(sim, change, at, author)


def _label(sim: Simulation, change: Change, at: int, label: dict[str, Any]) -> None:
    if label not in change.row["labels"]:
        change.row["labels"].append(label)
        pull_requests.event(sim, change, at, "LabeledEvent", change.author, label=label)


def _assign(sim: Simulation, change: Change, at: int, assignee: Account) -> None:
    if assignee.id is not None:
        change.row["assigneeIds"].append(assignee.id)
        pull_requests.event(
            sim, change, at, "AssignedEvent", assignee, assigneeId=assignee.id
        )


def _rename(sim: Simulation, change: Change, at: int, _: None) -> None:
    row = change.row
    before, row["title"] = row["title"], f"{row['title']} (take two)"
    row["lastEditedAt"] = github_time(at)
    if change.author.id is not None:
        row["editorId"] = change.author.id
    pull_requests.event(
        sim, change, at, "RenamedTitleEvent", change.author,
        previousTitle=before, currentTitle=row["title"],
    )  # fmt: skip


def _merge(sim: Simulation, change: Change, at: int, actor: Account) -> None:
    if change.row["state"] == "OPEN":
        pull_requests.merge(sim, change, at, actor)
        sim.closed(change, at)


def _close(sim: Simulation, change: Change, at: int, actor: Account) -> None:
    if change.row["state"] == "OPEN":
        pull_requests.close(sim, change, at, actor)
        sim.closed(change, at)


def _reopen(sim: Simulation, change: Change, at: int, actor: Account) -> None:
    if change.row["state"] == "CLOSED":
        pull_requests.reopen(sim, change, at, actor)


def _delete_branch(sim: Simulation, change: Change, at: int, actor: Account) -> None:
    name = change.row["headRefName"]
    pull_requests.event(sim, change, at, "HeadRefDeletedEvent", actor, headRefName=name)

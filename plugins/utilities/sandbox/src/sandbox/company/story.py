"""The story of a pull request, step by step, drawn when it is opened."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from sandbox.company import steps
from sandbox.company.rows import DAY, HOUR, MINUTE
from sandbox.company.steps import Said

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.company.kernel import Company
    from sandbox.company.model import Account, Change, Proposal


_ANSWERS = 0.37
"""How many reviews only answer, of those that can: of all, 24 % as in real ones."""


class Planned(NamedTuple):
    """A future review: its number of comments, and whether all of them are replies."""

    remarks: int
    only_replies: bool = False


class Step(NamedTuple):
    """One thing that happens: `act` gets company, pull request, instant and `what`."""

    at: int
    act: Callable[[Company, Change, int, Any], None]
    what: Any = None


@dataclass(slots=True)
class Story:
    """The steps of a pull request while they are drawn."""

    sim: Company
    change: Change
    proposal: Proposal
    opened: int
    steps: list[Step] = field(default_factory=list)
    commits_left: int = 0

    def add(self, at: int, act: Callable[..., None], what: object = None) -> None:
        """Add a step."""
        self.steps.append(Step(at, act, what))


def draw(sim: Company, change: Change, proposal: Proposal, opened: int) -> list[Step]:
    """All steps of the pull request, in order of time."""
    if proposal.draft and sim.chance(0.06):  # begun and abandoned
        return [Step(opened, steps.push)] * proposal.volume.commits
    story = Story(sim, change, proposal, opened)
    ready = _prepare(story)
    last, approver = _review(story, ready)
    end = _end(story, ready, last, approver)
    _talk(story, end)
    _odds(story, end)
    return sorted(story.steps, key=lambda step: step.at)


# Before the review ------------------------------------------------------------


def _prepare(story: Story) -> int:
    """Write the commits; return the instant at which it is ready for review."""
    sim, volume = story.sim, story.proposal.volume
    ready = story.opened
    if story.proposal.draft:
        month = sim.chance(0.15)
        wait = sim.days(25, 40) if month else int(sim.around(20, 1.0) * HOUR)
        ready = sim.later(story.opened + wait, 1)
        story.add(ready, steps.ready)
    first = max(1, round(volume.commits * (0.5 if story.proposal.draft else 0.65)))
    story.commits_left = volume.commits - first
    for _ in range(first):
        story.add(story.opened, steps.push)
    if story.proposal.draft:
        for _ in range(story.commits_left // 2):
            story.add(sim.between(story.opened + MINUTE, ready), steps.push)
        story.commits_left -= story.commits_left // 2
    for reviewer in story.change.reviewers:
        story.add(ready, steps.request, reviewer)
    if story.change.reviewers and sim.chance(0.06):
        story.add(ready, steps.request, sim.crowd.review_team)
    return ready


# The review -------------------------------------------------------------------


def _review(story: Story, ready: int) -> tuple[int, Account | None]:
    """Draw the reviews; return the last one's instant and who approved."""
    sim, change, volume = story.sim, story.change, story.proposal.volume
    people = change.reviewers
    if not people or not volume.reviews:
        return ready, None
    plan = _plan(sim, volume.reviews, volume.remarks)
    at = ready
    if sim.chance(0.15):  # bots are always first
        said = Said(sim.crowd.review_bot, "COMMENTED", plan.pop(0).remarks)
        story.add(ready + 2 * MINUTE, steps.submit, said)
        if not plan:
            return ready, None
    approver = None
    hurry = 8 / (1 + len(plan))
    for number, (count, only_replies) in enumerate(plan):
        at = sim.later(at, 5 if number == 0 else hurry, sitting=number == 0)
        if only_replies:
            who = change.author if sim.chance(0.6) else sim.pick(people)
            story.add(
                at, steps.submit, Said(who, "COMMENTED", count, only_replies=True)
            )
            continue
        who, verdict = _verdict(sim, change, number, len(plan))
        story.add(at, steps.submit, Said(who, verdict, count))
        if verdict == "CHANGES_REQUESTED":
            at = _answer(story, at)
        elif verdict == "APPROVED":
            approver = who
    if approver is not None and sim.chance(0.05):
        story.add(at + 20 * MINUTE, steps.dismiss, change.author)
        story.add(at + 40 * MINUTE, steps.push if story.commits_left else steps.amend)
        story.commits_left -= 1
        at += HOUR
    return at, approver


def _plan(sim: Company, reviews: int, remarks: int) -> list[Planned]:
    """Spread the remarks over the reviews.

    A reply in a thread becomes a review of its own, without a body and with only the
    reply. Neither the first review is a reply, nor the last.
    """
    answers = 0
    if reviews > 1:
        answers = sum(
            sim.chance(_ANSWERS) for _ in range(min(reviews - 2, remarks - 1))
        )
    plan = [Planned(0)] * (reviews - answers)
    for n in range(remarks - answers):  # the first one opens a thread
        at = int(sim.random.random() * len(plan)) if n else 0
        plan[at] = plan[at]._replace(remarks=plan[at].remarks + 1)
    for _ in range(answers):
        at = sim.random.randrange(1, len(plan))
        plan.insert(at, Planned(1, only_replies=True))
    return plan


def _verdict(
    sim: Company, change: Change, number: int, count: int
) -> tuple[Account, str]:
    """Draw a reviewer and the result of the review."""
    if number == count - 1 and sim.chance(0.9):
        return sim.pick(change.reviewers), "APPROVED"
    if sim.chance(0.2):
        return change.author, "COMMENTED"  # a reply is a review of its own
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
            story.add(at, steps.push)
        return at
    if sim.chance(0.4):
        at = sim.later(at, 3)
        story.add(at, steps.amend)
    return at


# The end ----------------------------------------------------------------------


def _end(story: Story, ready: int, last: int, approver: Account | None) -> int:
    """Merge it, close it or leave it open; return the instant."""
    sim, change = story.sim, story.change
    end = sim.later(max(ready, last) + 5 * MINUTE, 4)
    while story.commits_left > 0:
        story.add(sim.between(story.opened + MINUTE, end), steps.push)
        story.commits_left -= 1
    merges, closes = (0.9, 0.085) if approver else (0.7, 0.28)
    if sim.chance(merges):
        mergers = (approver or change.author, change.author, sim.crowd.machine_user)
        who = sim.random.choices(mergers, (50, 46, 4))[0]
        story.add(end, steps.merge, sim.crowd.ghost if sim.chance(0.015) else who)
        if sim.chance(0.8):
            story.add(end + MINUTE, steps.delete_branch, who)
        if change.reviewers and sim.chance(0.02):  # too late
            said = Said(sim.pick(change.reviewers), "COMMENTED", 0)
            story.add(sim.later(end, 5), steps.submit, said)
    elif sim.chance(closes / (1 - merges)):
        end += 0 if sim.chance(0.5) else sim.days(20, 200)
        story.add(end, steps.close, change.author)
        if sim.chance(0.1):
            end = _reopened(story, end)
    else:
        _left_alone(story, end)
    return end


def _reopened(story: Story, closed: int) -> int:
    """Reopen it after an objection; return the instant of the second end."""
    sim, change = story.sim, story.change
    if change.reviewers and sim.chance(0.7):
        story.add(closed + DAY // 2, steps.comment, sim.pick(change.reviewers))
    story.add(closed + DAY, steps.reopen, change.author)
    end = sim.later(closed + 2 * DAY, 10)
    story.add(end, sim.pick((steps.merge, steps.close)), change.author)
    return end


def _left_alone(story: Story, at: int) -> None:
    """Stays open: only a bot keeps the branch up to date."""
    sim = story.sim
    if sim.only_once("a commit from the future"):
        story.add(at, steps.push_from_the_future)
    if sim.chance(0.5):
        for _ in range(sim.pick((1, 2, 3))):
            at += sim.days(10, 40)
            story.add(at, steps.update_by_bot, sim.crowd.update_bot)


def _talk(story: Story, end: int) -> None:
    """The conversation: bots at once, people until the end and a little after."""
    sim, change, count = story.sim, story.change, story.proposal.volume.comments
    if count and sim.chance(0.6):
        story.add(story.opened + 6 * MINUTE, steps.comment, sim.crowd.coverage_bot)
        count -= 1
    people = [change.author, *change.reviewers]
    for _ in range(count):
        at = sim.between(story.opened + 10 * MINUTE, end + MINUTE)
        if sim.chance(0.05):
            at = end + sim.days(0, 3)
        gone = sim.chance(steps.share_gone(sim, change))
        who = sim.crowd.ghost if gone else sim.pick(people)
        story.add(at, steps.comment, who)


def _odds(story: Story, end: int) -> None:
    """Labels, assignees, new titles."""
    sim, change = story.sim, story.change
    within = (story.opened + MINUTE, end)
    if sim.chance(0.35):
        story.add(sim.between(*within), steps.label, sim.pick(change.repository.labels))
    if sim.chance(0.3):
        story.add(story.opened + MINUTE, steps.assign, change.author)
    if sim.chance(0.04):
        story.add(sim.between(*within), steps.rename)
    if not change.reviewers:
        return
    someone = change.reviewers[0]
    for share, act in (
        (0.05, steps.unrequest),
        (0.03, steps.swap_request),
        (0.03, steps.ask_again),
    ):
        if sim.chance(share):
            story.add(sim.between(*within), act, someone)

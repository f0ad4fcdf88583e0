"""The lives of issues: filed, triaged, planned, started, finished, reopened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.company import discussion, issues
from sandbox.company.issues import CLOSED, GITHUB_BOT
from sandbox.company.rows import DAY, MINUTE, Row, day_of

if TYPE_CHECKING:
    from sandbox.company.clock import Process
    from sandbox.company.kernel import Company
    from sandbox.company.model import Cycle, Person, Team, Work

_SHARE_PLANNED = 0.6
_URGENT = 1.0
_MISTAKE_ONE_IN = 65
"""Ensures that some issues of the last month are always in the trash."""
_RESTORED, _UNARCHIVED = 0.01, 0.02
"""Share of issues deleted by mistake, and of archived ones that are restored."""


def arrive(sim: Company, at: int) -> None:
    """Somebody files an issue, sometimes by mistake."""
    team = sim.pick(sim.teams)
    creator = None if sim.chance(0.04) else sim.colleague(team)
    work = issues.create(sim, team, at, creator)
    add = sim.calendar.add
    if len(sim.linear.issues) % _MISTAKE_ONE_IN == 0:
        add(sim.later(at, 1), _throw_away(sim, work), work)
        return
    if sim.chance(_RESTORED):
        add(sim.later(at, 1), _throw_away_and_restore(sim, work), work)
        at += 3 * DAY
    add(sim.later(at, 20), _settle(sim, work), work)
    if sim.chance(0.6):
        add(sim.later(at, 30), discussion.talk(sim, work), work)
    if sim.chance(0.35):
        add(sim.later(at, 60), _second_thoughts(sim, work), work)


def _throw_away(sim: Company, work: Work) -> Process:
    """Deleted: hidden for a month, then removed."""
    issues.archive(work.row, sim.now, trashed=True)
    issues.note(
        sim, work, sim.now, sim.colleague(work.team), trashed=True, archived=True
    )
    yield sim.now + 30 * DAY
    issues.remove(sim, work)


def _throw_away_and_restore(sim: Company, work: Work) -> Process:
    """Deleted by mistake: the history contains `trashed` twice, true and then false."""
    person = sim.colleague(work.team)
    if sim.works.get(work.row["id"]) is not work or "archivedAt" in work.row:
        return
    issues.archive(work.row, sim.now, trashed=True)
    issues.note(sim, work, sim.now, person, trashed=True)
    yield sim.between(sim.now + MINUTE, sim.now + 2 * DAY)
    if "trashed" in work.row:
        issues.bring_back(work.row)
        issues.note(sim, work, sim.now, person, trashed=False)


def unarchive(sim: Company, work: Work) -> Process:
    """Somebody needs an archived issue again; its `updatedAt` stays."""
    if "archivedAt" in work.row and "trashed" not in work.row:
        issues.bring_back(work.row)
        issues.note(sim, work, sim.now, sim.colleague(work.team), archived=False)
    yield from ()


def _settle(sim: Company, work: Work) -> Process:
    """Triage it; then it waits in the backlog, or is rejected."""
    row = work.row
    person = sim.colleague(work.team)
    if sim.state_types[row["stateId"]] == "triage":
        if sim.chance(0.15):
            row["snoozedUntilAt"] = day_of(sim.now + 3 * DAY) + "T09:00:00.000Z"
            yield sim.later(sim.now + 3 * DAY, 4)
            row.pop("snoozedUntilAt")
        if sim.chance(0.08):
            _refuse(sim, work, person, "canceled")
            return
        issues.state(sim, work, sim.now, person, "backlog")
        yield sim.later(sim.now, 5)
    if sim.chance(0.03) and work.team.backlog:
        other = sim.pick(work.team.backlog).row
        discussion.relate(sim, work, other, "duplicate", sim.now)
        _refuse(sim, work, person, "duplicate")
        return
    if sim.chance(0.03):
        others = [team for team in sim.teams if team is not work.team]
        issues.move_team(sim, work, sim.now, person, sim.pick(others))
    cycle = work.team.cycle
    if cycle is not None and (row["priority"] == _URGENT or sim.chance(0.12)):
        _take([work], cycle, sim, sim.now)  # the cycle's scope creeps
    else:
        work.someday = sim.chance(0.06)
        work.team.backlog.append(work)


def _refuse(sim: Company, work: Work, person: Person | None, short: str) -> None:
    issues.state(sim, work, sim.now, person, short)
    issues.rest(sim, work, sim.now)  # unless it was closed before


def _second_thoughts(sim: Company, work: Work) -> Process:
    """Change fields while people discuss an issue."""
    for _ in range(sim.pick((1, 1, 2, 3))):
        if sim.works.get(work.row["id"]) is work:
            fields = _new_thought(sim, work)
            issues.change(sim, work, sim.now, sim.colleague(work.team), **fields)
        yield sim.later(sim.now, 50)
    if sim.chance(0.2):
        discussion.attach_link(sim, work, sim.now)
    others = work.team.backlog
    if sim.works.get(work.row["id"]) is work and others and sim.chance(0.4):
        other = sim.pick(others)
        if other is not work:
            kind = sim.pick(("blocks", "related", "related", "similar"))
            discussion.relate(sim, work, other.row, kind, sim.now)


def _new_thought(sim: Company, work: Work) -> Row:
    row, team = work.row, work.team
    label = sim.pick(team.labels)
    labels = [key for key in row["labelIds"] if key != label]
    if len(labels) == len(row["labelIds"]):
        labels.append(label)
    estimate = sim.pick((1.0, 2.0, 3.0, 5.0, 8.0, 13.0))
    project = team.project_at(sim.now)
    due = None if "dueDate" in row else day_of(sim.now + sim.days(2, 40))
    someone = sim.colleague(team)
    parent = sim.pick(team.backlog).row if team.backlog else row
    can_hang = parent is not row and "parentId" not in parent
    return sim.pick(
        (
            {"priority": float(sim.pick((0, 1, 2, 3, 4)))},
            {"labelIds": labels},
            {"assigneeId": someone.linear_id if someone else None},
            {"parentId": parent["id"]} if can_hang else {"dueDate": due},
            {"estimate": estimate} if "estimate" in row else {"dueDate": due},
            {"title": f"{row['title']} again"},
            {"description": sim.texts.paragraph()},
            {
                "projectId": project["id"] if project else None,
                "projectMilestoneId": None,
            },
        )
    )


def plan(sim: Company, team: Team, cycle: Cycle, at: int) -> None:
    """Fill a cycle from the backlog: many issues at once, in one millisecond."""
    backlog = [work for work in team.backlog if sim.works.get(work.row["id"]) is work]
    waiting = [work for work in backlog if not work.someday]
    waiting.sort(key=lambda work: (work.row["priority"] or 9.0, work.row["createdAt"]))
    count = round(len(waiting) * _SHARE_PLANNED)
    team.backlog = waiting[count:] + [work for work in backlog if work.someday]
    _take(waiting[:count], cycle, sim, at)


def _take(works: list[Work], cycle: Cycle, sim: Company, at: int) -> None:
    for work in works:
        person = sim.colleague(work.team)
        todo = work.team.states["todo"]
        issues.change(sim, work, at, person, cycleId=cycle.row["id"], stateId=todo)
        if sim.chance(_RESTORED):
            mistake = _throw_away_and_restore(sim, work)
            sim.calendar.add(sim.later(at, 10), mistake, work)
        if not sim.chance(0.06):  # the others wait until they are canceled
            sim.calendar.add(sim.later(at, 60), deliver(sim, work), work)


def pull(sim: Company, team: Team) -> Process:
    """A team without cycles takes work from its backlog every day."""
    while True:
        ready = [work for work in team.backlog if not work.someday]
        for work in ready[: len(ready) // 8 + 1]:
            team.backlog.remove(work)
            sim.calendar.add(sim.later(sim.now, 4), deliver(sim, work), work)
        yield sim.now + DAY


def carry_over(sim: Company, work: Work, following: Cycle, at: int) -> None:
    """Linear itself moves unfinished work into the next cycle."""
    issues.change(sim, work, at, None, cycleId=following.row["id"])
    if work.started:
        if sim.chance(0.08):
            sim.calendar.add(sim.later(at, 20), _give_up(sim, work), work)
    elif sim.chance(0.1):
        sim.calendar.add(sim.later(at, 20), _give_up(sim, work), work)
    elif sim.chance(0.1):
        sim.calendar.add(sim.later(at, 20), _put_back(sim, work), work)
    else:
        sim.calendar.add(sim.later(at, 60), deliver(sim, work), work)


def _give_up(sim: Company, work: Work) -> Process:
    if sim.works.get(work.row["id"]) is work:
        work.started = True  # it is never started again
        _refuse(sim, work, sim.colleague(work.team), "canceled")
    yield from ()


def _put_back(sim: Company, work: Work) -> Process:
    if not work.started and sim.works.get(work.row["id"]) is work:
        backlog = work.team.states["backlog"]
        person = sim.colleague(work.team)
        issues.change(sim, work, sim.now, person, cycleId=None, stateId=backlog)
        work.team.backlog.append(work)
    yield from ()


def deliver(sim: Company, work: Work) -> Process:
    """Do the work: by pull requests, or without."""
    if work.started or sim.works.get(work.row["id"]) is not work:
        return
    work.started = True
    person = sim.colleague(work.team)
    fields = {"assigneeId": person.linear_id} if person else {}
    progress = work.team.states["progress"]
    issues.change(sim, work, sim.now, person, stateId=progress, **fields)
    if sim.chance(0.05):  # interrupted: back to the backlog, then started again
        yield sim.later(sim.now, 8)
        issues.state(sim, work, sim.now, person, "todo")
        yield sim.later(sim.now, 30)
        issues.state(sim, work, sim.now, person, "progress")
    if person and person.accounts and sim.chance(0.7):
        for _ in range(sim.pick((1, 1, 1, 1, 1, 1, 2))):
            sim.propose(work, person)
    else:
        yield sim.later(sim.now, 20)
        if sim.chance(0.06):
            _refuse(sim, work, person, "canceled")
        else:
            finish(sim, work, sim.now, person)


def finish(sim: Company, work: Work, at: int, actor: Person | Row | None) -> None:
    """The work is finished; sometimes the issue is reopened."""
    if sim.works.get(work.row["id"]) is not work:
        return
    issues.state(sim, work, at, actor, "done")
    issues.rest(sim, work, at)
    if sim.chance(0.05):
        sim.calendar.add(sim.later(at, 60), _again(sim, work), work)


def _again(sim: Company, work: Work) -> Process:
    """Reopened: it does not work, or it is no longer wanted."""
    while not work.row.get("archivedAt") and work.row["id"] not in sim.works:
        person = sim.colleague(work.team)
        issues.reopen(sim, work, sim.now, person, sim.pick(("progress", "todo")))
        yield sim.later(sim.now, 20)
        issues.state(
            sim, work, sim.now, person, "done" if sim.chance(0.85) else "canceled"
        )
        issues.rest(sim, work, sim.now)
        if sim.chance(0.75):
            return
        yield sim.later(sim.now, 40)


def pull_request_opened(sim: Company, work: Work, at: int) -> None:
    """Linear moves an issue when its pull request waits for review."""
    if sim.works.get(work.row["id"]) is work:
        issues.state(sim, work, at, GITHUB_BOT, "review")


def pull_request_closed(
    sim: Company, work: Work, at: int, person: Person, *, merged: bool
) -> None:
    """Linear completes an issue with its last pull request; people may reopen it."""
    work.open_pull_requests -= 1
    if work.open_pull_requests or sim.works.get(work.row["id"]) is not work:
        return
    if merged:
        finish(sim, work, at, GITHUB_BOT)
    elif sim.chance(0.5):
        issues.state(sim, work, at, person, "progress")
        sim.propose(work, person)
    else:
        _refuse(sim, work, person, "canceled")


def tidy(sim: Company, team: Team, at: int) -> None:
    """Archive issues that were closed long ago; close those never started."""
    old = at - int(team.row["autoArchivePeriod"]) * 30 * DAY
    while team.finished and team.finished[0][0] < old:
        _, work = team.finished.popleft()
        row = work.row
        if sim.state_types[row["stateId"]] in CLOSED and not row.get("archivedAt"):
            issues.archive(row, at, by_itself=True)
            if sim.chance(_UNARCHIVED):
                sim.calendar.add(sim.later(at, 100), unarchive(sim, work), work)
    stale = at - int(team.row["autoClosePeriod"]) * 30 * DAY
    edge = day_of(stale)
    for work in list(team.backlog):
        if work.row["updatedAt"] < edge and sim.works.get(work.row["id"]) is work:
            team.backlog.remove(work)
            issues.state(sim, work, at, None, "canceled")
            work.history[0]["autoClosed"] = True
            work.row["autoClosedAt"] = work.row["updatedAt"]
            issues.rest(sim, work, at)

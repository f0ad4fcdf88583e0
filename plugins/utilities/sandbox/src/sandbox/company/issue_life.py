"""The lives of issues: filed, triaged, planned, started, finished, sometimes reopened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.company import issues
from sandbox.company.pull_request_life import propose
from sandbox.company.rows import DAY, MINUTE, SECOND

if TYPE_CHECKING:
    from sandbox.company.clock import Process
    from sandbox.company.issues import Work
    from sandbox.company.planning import Cycle, Team
    from sandbox.company.simulation import Simulation


def arrive(sim: Simulation, at: int) -> None:
    """Somebody files an issue."""
    team = sim.pick(sim.teams)
    creator = None if sim.chance(0.04) or not team.people else sim.pick(team.people)
    work = issues.create(sim, team, at, creator)
    sim.calendar.add(sim.later(at, 10), _settle(sim, work), work)
    if sim.chance(0.6):
        sim.calendar.add(sim.later(at, 30), _talk(sim, work), work)


def _talk(sim: Simulation, work: Work) -> Process:
    while True:
        issues.comment(sim, work, sim.now, sim.colleague(work.team))
        if sim.chance(0.45):
            return
        yield sim.later(sim.now, 20)


def _settle(sim: Simulation, work: Work) -> Process:
    """Triage it; then it waits in the backlog, or is refused."""
    row, team = work.row, work.team
    if sim.state_types[row["stateId"]] == "triage":
        person = sim.colleague(team)
        if sim.chance(0.08):
            issues.state(sim, work, sim.now, person, "canceled")
            issues.rest(sim, work)
            return
        issues.state(sim, work, sim.now, person, "backlog")
        yield sim.later(sim.now, 5)
    if sim.chance(0.04):
        issues.state(sim, work, sim.now, sim.colleague(team), "duplicate")
        other = sim.pick(team.backlog).row if team.backlog else row
        if other is not row:
            issues.relate(sim, row, other, "duplicate", sim.now)
        issues.rest(sim, work)
        return
    cycle = team.cycle
    if cycle is not None and (row["priority"] == 1 or sim.chance(0.1)):
        _take(sim, work, cycle, sim.now)  # the cycle's scope creeps
        return
    team.backlog.append(work)


def plan(sim: Simulation, team: Team, cycle: Cycle, at: int) -> None:
    """Fill a cycle from the backlog."""
    team.backlog = [work for work in team.backlog if not work.gone]
    waiting = team.backlog
    waiting.sort(key=lambda work: (work.row["priority"] or 9.0, work.row["number"]))
    count = len(waiting) * 7 // 10
    for order, work in enumerate(waiting[:count]):
        _take(sim, work, cycle, at + order * SECOND)
    del waiting[:count]


def pull(sim: Simulation, team: Team) -> Process:
    """A team without cycles takes work from its backlog every day."""
    while True:
        for _ in range(len(team.backlog) // 8 + 1):
            if team.backlog:
                work = team.backlog.pop(0)
                sim.calendar.add(sim.later(sim.now, 4), deliver(sim, work), work)
        yield sim.now + DAY


def _take(sim: Simulation, work: Work, cycle: Cycle, at: int) -> None:
    person = sim.colleague(work.team)
    issues.join_cycle(sim, work, cycle, at, person)
    issues.state(sim, work, at + MINUTE, person, "todo")
    if sim.chance(0.06):
        return  # stays in the cycle until somebody cancels it
    sim.calendar.add(sim.later(at, 90), deliver(sim, work), work)


def carry_over(sim: Simulation, work: Work, following: Cycle, at: int) -> None:
    """Linear itself moves unfinished work into the next cycle."""
    if not work.started and sim.chance(0.15):
        issues.state(sim, work, at + DAY, sim.colleague(work.team), "canceled")
        issues.rest(sim, work)
        return
    issues.join_cycle(sim, work, following, at, None)
    if not work.started and sim.chance(0.5):
        sim.calendar.add(sim.later(at, 60), deliver(sim, work), work)


def deliver(sim: Simulation, work: Work) -> Process:
    """Do the work: by pull requests, or without."""
    if work.started:
        return
    work.started = True
    person = sim.colleague(work.team)
    if person is not None:
        issues.change(sim, work, sim.now, person, assigneeId=person.linear_id)
    issues.state(sim, work, sim.now + SECOND, person, "progress")
    count = sim.pick((0, 1, 1, 1, 1, 1, 1, 2, 0, 1)) if person else 0
    for _ in range(count):
        propose(sim, work, person, sim.later(sim.now, 15))
    if count == 0:
        yield sim.later(sim.now, 20)
        finish(sim, work, sim.now)


def finish(sim: Simulation, work: Work, at: int) -> None:
    """The work is done; sometimes it is not."""
    issues.state(sim, work, at, None, "done")
    work.team.finished.append((at, work))
    if sim.chance(0.05):
        sim.calendar.add(sim.later(at, 90), _reopen(sim, work), work)
    else:
        issues.rest(sim, work)


def _reopen(sim: Simulation, work: Work) -> Process:
    person = sim.colleague(work.team)
    issues.state(sim, work, sim.now, person, "progress")
    yield sim.later(sim.now, 20)
    issues.state(sim, work, sim.now, person, "done")
    issues.rest(sim, work)

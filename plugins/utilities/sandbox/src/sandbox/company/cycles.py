"""Cycles: the plan of a team for two weeks, and what it completes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.company.issues import CLOSED
from sandbox.company.model import Cycle
from sandbox.company.rows import DAY, SECOND, WEEK, Row, linear_time

if TYPE_CHECKING:
    from sandbox.company.clock import Process
    from sandbox.company.kernel import Company
    from sandbox.company.model import Team

LENGTH = 2 * WEEK
_DAYS = 14
_UPCOMING = 2
_SOONEST, _LATEST = 4 * SECOND, 90 * SECOND
"""Time from the start of the next cycle to the close of a cycle."""
_KEPT = 12
"""Number of a team's last cycles that are not archived."""


def run(sim: Company, team: Team, first: int) -> Process:
    """Run the cycles: plan, count every day, close, carry over.

    Linear rolls a cycle over some seconds after the next one has started
    (docs/apis/linear.md, learned later).
    """
    starts = first
    for ahead in range(_UPCOMING + 1):
        _schedule(sim, team, first + ahead * LENGTH, made=first - DAY)
    yield starts
    while True:
        cycle = _activate(sim, team, starts)
        sim.plan(team, cycle, sim.now)
        for day in range(1, _DAYS + 1):
            yield starts + day * DAY - 1
            record_day(sim, cycle, sim.now)
        starts += LENGTH
        yield sim.between(starts + _SOONEST, starts + _LATEST)
        close(sim, team, cycle, sim.now)


def _schedule(sim: Company, team: Team, starts: int, made: int) -> None:
    """Add a future cycle."""
    key = sim.ids.uuid()
    number = len(team.cycles) + 1
    stamp = linear_time(made)
    row: Row = {
        "id": key,
        "teamId": team.row["id"],
        "number": float(number),
        "startsAt": linear_time(starts),
        "endsAt": linear_time(starts + LENGTH),
        "createdAt": stamp,
        "updatedAt": stamp,
        "progress": 0.0,
        "isActive": False,
        "isFuture": True,
        "isNext": False,
        "isPast": False,
        "isPrevious": False,
        "scopeHistory": [],
        "completedScopeHistory": [],
        "inProgressScopeHistory": [],
        "issueCountHistory": [],
        "completedIssueCountHistory": [],
        "uncompletedIssuesUponCloseIds": [],
    }
    if sim.chance(0.2):
        row["name"] = f"Push {number}"
        row["description"] = sim.texts.remark()
    sim.linear.cycles[key] = row
    team.cycles.append(Cycle(row))


def _activate(sim: Company, team: Team, starts: int) -> Cycle:
    stamp = linear_time(sim.now)
    team.active += 1
    cycle = team.cycles[team.active]
    cycle.row.update(isActive=True, isFuture=False, isNext=False, updatedAt=stamp)
    team.cycles[team.active + 1].row.update(isNext=True, updatedAt=stamp)
    _schedule(sim, team, starts + (_UPCOMING + 1) * LENGTH, made=sim.now)
    if team.active >= _KEPT:
        old = team.cycles[team.active - _KEPT].row
        old["archivedAt"] = old["autoArchivedAt"] = stamp
    return cycle


def record_day(sim: Company, cycle: Cycle, at: int) -> None:
    """Append one day to each of the cycle's history arrays (points and counts).

    An issue without an estimate counts as one point; canceled ones do not count.
    """
    scope = done = doing = 0.0
    count = count_done = 0.0
    for work in cycle.works.values():
        points = work.row.get("estimate", 1.0)
        kind = sim.state_types[work.row["stateId"]]
        if kind == "completed":
            done += points
            count_done += 1
        elif kind in CLOSED:
            continue
        elif kind == "started":
            doing += points
        scope += points
        count += 1
    row = cycle.row
    row["scopeHistory"].append(scope)
    row["completedScopeHistory"].append(done)
    row["inProgressScopeHistory"].append(doing)
    row["issueCountHistory"].append(count)
    row["completedIssueCountHistory"].append(count_done)
    # Linear counts started work as a quarter done.
    row["progress"] = round((done + doing / 4) / scope, 4) if scope else 0.0
    row["updatedAt"] = linear_time(at)


def close(sim: Company, team: Team, cycle: Cycle, at: int) -> None:
    """End the cycle; unfinished issues move to the next one."""
    stamp = linear_time(at)
    row = cycle.row
    row.update(
        isActive=False, isPast=True, isPrevious=True, completedAt=stamp, updatedAt=stamp
    )
    if team.active:
        before = team.cycles[team.active - 1].row
        before.update(isPrevious=False, updatedAt=stamp)
    left = [
        work
        for work in cycle.works.values()
        if sim.state_types[work.row["stateId"]] not in CLOSED
        and not work.gone
        and "archivedAt" not in work.row
    ]
    row["uncompletedIssuesUponCloseIds"] = [work.row["id"] for work in left]
    for work in left:
        sim.carry_over(work, team.cycles[team.active + 1], at)
    cycle.works = {}

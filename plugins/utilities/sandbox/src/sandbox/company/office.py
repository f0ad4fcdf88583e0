"""Recurring events: cleaning up, and edits of many rows at one instant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.company import issue_life, issues, proposals
from sandbox.company.rows import DAY, WEEK

if TYPE_CHECKING:
    from sandbox.company.clock import Process
    from sandbox.company.kernel import Company
    from sandbox.company.model import Team

_MANY = 300


def tidy(sim: Company, team: Team) -> Process:
    """Every week: archive old issues, close issues that were never started."""
    while True:
        yield sim.now + WEEK
        issue_life.tidy(sim, team, sim.now)


def bulk_edits(sim: Company) -> Process:
    """Every few months somebody changes hundreds of rows at once.

    In Linear up to 300 issues on one millisecond, in GitHub 34 pull requests on one
    second, which a bookmark has to survive (docs/apis/linear.md, docs/apis/github.md).
    """
    while True:
        yield sim.now + sim.days(140, 190)
        reprioritize(sim, sim.now)
        yield sim.now + 10 * DAY
        proposals.relabel(sim, sim.now)


def reprioritize(sim: Company, at: int) -> None:
    """One person sets the priority of 300 issues at once; most of them are closed."""
    person = sim.pick(sim.people)
    works = list(sim.works.values())[-_MANY // 15 :]
    share = (_MANY - len(works)) // len(sim.teams)
    for team in sim.teams:
        closed = [
            work
            for _, work in team.finished
            if work.row["id"] not in sim.works and not work.gone
        ]
        works += closed[-share:]
    for work in works:
        priority = work.row["priority"] % 4 + 1
        issues.change(sim, work, at, person, priority=priority)

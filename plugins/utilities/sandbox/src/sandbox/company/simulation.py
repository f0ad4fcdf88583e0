"""The simulation: what the company begins with, and how its parts are connected."""

from __future__ import annotations

import gc
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sandbox.company import (
    agents,
    commits,
    customers,
    cycles,
    delivery,
    issue_life,
    office,
    people,
    planning,
    projects,
    proposals,
    releases,
    repositories,
)
from sandbox.company.clock import PERIOD, Process, working
from sandbox.company.kernel import Company
from sandbox.company.rows import DAY, github_time, milliseconds, moment
from sandbox.company.tables import LinearWorkspace
from sandbox.company.world import World

if TYPE_CHECKING:
    from datetime import timedelta

    from sandbox.company.model import Change, Cycle, Person, Repository, Team, Work

_DEFAULT_SIZE = 2_500


class Simulation(Company):
    """The state that the company's processes share; see `generate`."""

    def __init__(self, size: int, seed: int, end: int) -> None:
        """Create the company so that it has filed `size` issues by `end` (ms)."""
        start = end - PERIOD
        super().__init__(size, seed, start)
        scale = size / _DEFAULT_SIZE
        self.headcount = max(8, round(25 * scale**0.8))
        self.linear = LinearWorkspace(planning.organization(start))
        self.labels = planning.make_labels(self, start)
        self.teams = [
            planning.make_team(self, number, start)
            for number in range(max(2, round(4 * scale**0.75)))
        ]
        count = max(2, round(6 * scale**0.5))
        self.repositories = repositories.make_repositories(self, count, start)
        self.crowd = people.make_crowd(self, start)
        self._register(start)
        self._employ(start, end)
        self._start_work(size, start, end)
        began = milliseconds(
            datetime.fromisoformat(self.linear.organization["createdAt"])
        )
        self.calendar.add(start, customers.sell(self, size, seed, began))
        self.calendar.once(self.agents_since, releases.install, self, self.agents_since)

    def _register(self, start: int) -> None:
        stamp = github_time(start - 1_200 * DAY)
        self.github.organizations[people.ORGANIZATION] = {
            "id": people.ORGANIZATION_ID,
            "databaseId": 39_001_177,
            "login": people.ORGANIZATION,
            "name": "Lanternworks",
            "url": f"https://github.com/{people.ORGANIZATION}",
            "resourcePath": f"/{people.ORGANIZATION}",
            "createdAt": stamp,
            "updatedAt": stamp,
            "members": self.members,
        }

    def _employ(self, start: int, end: int) -> None:
        people.install_app(self, start)
        agents.install(self, start)
        self.agents_since = end - agents.YEAR
        for number in range(self.headcount):
            team = self.teams[number % len(self.teams)]
            process = people.employ(self, number, team, start, end)
            self.calendar.add(next(process), process)
        self.run(start)

    def _start_work(self, size: int, start: int, end: int) -> None:
        add = self.calendar.add
        initiatives = projects.make_initiatives(self, start)
        first = start - start % DAY + DAY
        for team in self.teams:
            if team.row["cyclesEnabled"]:
                monday = first + (4 * DAY - first) % (7 * DAY)
                add(monday, cycles.run(self, team, monday))
            else:
                add(start, issue_life.pull(self, team))
            add(start, office.tidy(self, team))
            for _ in range(2):
                add(start, projects.run(self, team, initiatives, start))
        for position, repository in enumerate(self.repositories):
            add(start, delivery.deliver(self, repository, position))
            add(start, commits.push_directly(self, repository, start))
            add(start, proposals.by_bot(self, repository))
            if repository.is_public:
                add(start, proposals.from_outside(self, repository))
        add(start, proposals.by_themselves(self, 16 * PERIOD / size))
        add(start, office.bulk_edits(self))
        add(start, self._arrivals(size, start, end))

    def _arrivals(self, size: int, start: int, end: int) -> Process:
        """File exactly `size` issues until `end`, then continue at the same rate."""
        moments = [self.between(start, end) for _ in range(size)]
        by_day = (
            working(at, self.random) if self.chance(0.85) else at for at in moments
        )
        for at in sorted(at if at < end else end - (at - end) % DAY for at in by_day):
            yield at
            issue_life.arrive(self, at)
        yield end + 1
        while True:
            yield self.now + 1 + int(self.random.expovariate(size / PERIOD))
            issue_life.arrive(self, self.now)

    # Notifications between parts of the company -----------------------------------

    def plan(self, team: Team, cycle: Cycle, at: int) -> None:
        """Fill a cycle that begins."""
        issue_life.plan(self, team, cycle, at)

    def carry_over(self, work: Work, following: Cycle, at: int) -> None:
        """Move the unfinished issues of a cycle."""
        issue_life.carry_over(self, work, following, at)

    def propose(self, work: Work, person: Person) -> None:
        """Open a pull request for an issue, after some coding."""
        proposals.for_issue(self, work, person)

    def ready_for_review(self, change: Change, at: int) -> None:
        """Notify the issue that its pull request waits for review."""
        if change.work is not None:
            issue_life.pull_request_opened(self, change.work, at)

    def closed(self, change: Change, at: int) -> None:
        """Notify all parts that a pull request is merged or closed."""
        proposals.closed(self, change, at)

    def shipped(
        self, repository: Repository, kind: str, oid: str, version: str
    ) -> None:
        """Tell Linear that a commit has reached its users."""
        releases.shipped(self, repository, kind, oid, version)


def generate(
    size: int = _DEFAULT_SIZE, seed: int = 7, until: datetime | None = None
) -> World:
    """Make a company with 18 months of work behind it.

    Args:
        size: Linear issues ever filed (one in seventy is deleted again); people, teams,
            repositories and pull requests scale with it.
        seed: The same seed, size and `until` give the same world.
        until: The instant at which it stands, aware; now by default.
    """
    until = (until or datetime.now(UTC)).astimezone(UTC).replace(microsecond=0)
    end = milliseconds(until)
    collecting = gc.isenabled()
    gc.disable()  # millions of new dicts, none of them garbage
    try:
        simulation = Simulation(size, seed, end)
        simulation.run(end)
    finally:
        if collecting:
            gc.enable()
    return World(moment(end), simulation.linear, simulation.github, simulation)


def advance(world: World, by: timedelta) -> None:
    """Advance the company by `by`, deterministically.

    Raises:
        ValueError: If the world is a recording, or `by` is negative.
    """
    if world.simulation is None:
        message = "Recordings do not move on: serve the company to advance it."
        raise ValueError(message)
    if by.total_seconds() < 0:
        message = f"Time only moves forward, not by {by}."
        raise ValueError(message)
    world.simulation.run(milliseconds(world.now + by))
    world.now += by

"""The company at work: its people, its random source and its calendar."""

from __future__ import annotations

import gc
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import TYPE_CHECKING, TypeVar

from faker import Faker

from sandbox.company import commits, issue_life, people, planning, volumes
from sandbox.company.clock import Calendar, Process, working
from sandbox.company.rows import DAY, HOUR, WEEK, Ids, milliseconds, moment
from sandbox.company.texts import Texts
from sandbox.company.world import GitHubHost, LinearWorkspace, World

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from sandbox.company.issues import Work
    from sandbox.company.people import Account, Person
    from sandbox.company.planning import Cycle, Team

_Thing = TypeVar("_Thing")
PERIOD = 546 * DAY
_DEFAULT_SIZE = 2_500


class Simulation:
    """Everything that the company's processes need; see `generate`."""

    def __init__(self, size: int, seed: int, end: int) -> None:
        """Found the company so that it has `size` issues at `end` (ms)."""
        scale = size / _DEFAULT_SIZE
        self.random = Random(seed)  # noqa: S311 - a play, not a secret
        self.faker = Faker("en_US")
        self.faker.seed_instance(seed)
        self.texts = Texts.make(self.faker, self.random)
        self.ids = Ids(self.random, 40 * size)
        self.calendar = Calendar()
        self.now = end - PERIOD
        self.headcount = max(6, round(25 * scale**0.8))
        start = self.now
        self.linear = LinearWorkspace(planning.organization(start, end))
        self.github = GitHubHost()
        self.members: list[tuple[str, str]] = []
        self.people: list[Person] = []
        self.state_types: dict[str, str] = {}
        self.labels = [planning.make_label(self, name, start) for name in planning.LABELS]
        self.teams = [
            planning.make_team(self, number, start)
            for number in range(max(2, round(4 * scale**0.75)))
        ]
        self.repositories = [
            commits.make_repository(self, number, start)
            for number in range(max(2, round(6 * scale**0.5)))
        ]
        self.crowd = people.make_crowd(self, start)
        self._found_github(start)
        self._open(size, start, end)

    def _found_github(self, start: int) -> None:
        self.github.organizations[people.ORGANIZATION] = {
            "id": "O_kgDOAlpha7",
            "databaseId": 39_001_177,
            "login": people.ORGANIZATION,
            "name": "Lanternworks",
            "url": f"https://github.com/{people.ORGANIZATION}",
            "resourcePath": f"/{people.ORGANIZATION}",
            "createdAt": planning.linear_time(start)[:19] + "Z",
            "updatedAt": planning.linear_time(start)[:19] + "Z",
            "members": self.members,
        }

    def _open(self, size: int, start: int, end: int) -> None:
        add = self.calendar.add
        for number in range(self.headcount):
            team = self.teams[number % len(self.teams)]
            process = people.employ(self, number, team, start, end)
            add(next(process), process)
        self.run(start)
        planning.make_projects(self, start, end)
        for team in self.teams:
            if team.row["cyclesEnabled"]:
                process = planning.run_cycles(self, team, start)
            else:
                process = issue_life.pull(self, team)
            add(start, process)
        add(start, self._arrivals(size, start, end))

    def _arrivals(self, size: int, start: int, end: int) -> Process:
        """Exactly `size` issues until `end`, then on at the same rate."""
        span = end - start - DAY
        for at in sorted(start + int(self.random.random() * span) for _ in range(size)):
            yield at
            issue_life.arrive(self, at)
        yield end + 1
        while True:
            yield self.now + 1 + int(self.random.expovariate(size / span))
            issue_life.arrive(self, self.now)

    def run(self, until: int) -> None:
        """Let the company work until `until` (ms)."""
        self.calendar.run(until, self)
        self.now = until

    # The dice -----------------------------------------------------------------

    def chance(self, probability: float) -> bool:
        """True with that probability."""
        return self.random.random() < probability

    def pick(self, things: Sequence[_Thing]) -> _Thing:
        """One of the things."""
        return things[int(self.random.random() * len(things))]

    def between(self, first: int, last: int) -> int:
        """An instant from `first` to `last`."""
        return first + int(self.random.random() * max(1, last - first))

    def days(self, fewest: int, most: int) -> int:
        """A span in ms."""
        return self.between(fewest * DAY, most * DAY)

    def later(self, at: int, hours: float) -> int:
        """An instant in working time, at a median of `hours` after `at`."""
        span = self.random.lognormvariate(0.0, 1.0) * hours
        return working(at + int(span * HOUR), self.random)

    def counts(self, what: str) -> int:
        """How many `reviews`, `files` … a pull request has."""
        return volumes.draw(what, self.random.random())

    # Who does it --------------------------------------------------------------

    def colleague(self, team: Team) -> Person | None:
        """Somebody of the team."""
        return self.pick(team.people) if team.people else None

    def reviewers(self, author: Account) -> list[Account]:
        """Who is asked to review the author's work."""
        drawn = self.random.choices(
            self.people, [person.keenness for person in self.people], k=2
        )
        found = {person.account.login: person.account for person in drawn}
        found.pop(author.login, None)
        return list(found.values())

    # What modules ask of one another ------------------------------------------

    def plan(self, team: Team, cycle: Cycle, at: int) -> None:
        """Fill a cycle that begins."""
        issue_life.plan(self, team, cycle, at)

    def carry_over(self, work: Work, following: Cycle, at: int) -> None:
        """Move what a cycle leaves undone."""
        issue_life.carry_over(self, work, following, at)

    def finish(self, work: Work, at: int) -> None:
        """Everything proposed for an issue is merged or closed."""
        issue_life.finish(self, work, at)


def generate(size: int = _DEFAULT_SIZE, seed: int = 7, until: datetime | None = None) -> World:
    """Make a company with 18 months of work behind it.

    Args:
        size: Linear issues; people, teams, repositories and pull requests scale with it.
        seed: The same seed, size and `until` give the same world.
        until: The instant at which it stands, aware; now by default.
    """
    until = (until or datetime.now(UTC)).astimezone(UTC).replace(microsecond=0)
    end = milliseconds(until)
    collecting = gc.isenabled()
    gc.disable()  # millions of new dicts, no rubbish among them
    try:
        simulation = Simulation(size, seed, end)
        simulation.run(end)
    finally:
        if collecting:
            gc.enable()
    return World(moment(end), simulation.linear, simulation.github, simulation)


def advance(world: World, by: timedelta) -> None:
    """Let the company work on for `by`, deterministically.

    Raises:
        ValueError: The world is a recording, or `by` is negative.
    """
    if world.simulation is None:
        message = "Recordings do not move on: serve the company to advance it."
        raise ValueError(message)
    if by.total_seconds() < 0:
        message = f"Time only moves forward, not by {by}."
        raise ValueError(message)
    world.simulation.run(milliseconds(world.now + by))
    world.now += by

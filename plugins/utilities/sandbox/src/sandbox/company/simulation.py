"""The company at work: its people, its random source and its calendar."""

from __future__ import annotations

import gc
from datetime import UTC, datetime
from math import exp
from random import Random
from typing import TYPE_CHECKING, TypeVar
from weakref import WeakValueDictionary

from faker import Faker

from sandbox.company import (
    commits,
    cycles,
    issue_life,
    office,
    people,
    planning,
    projects,
    proposals,
    repositories,
    volumes,
)
from sandbox.company.clock import Calendar, Process, working
from sandbox.company.people import Account, Person
from sandbox.company.rows import DAY, HOUR, Ids, Row, github_time, milliseconds, moment
from sandbox.company.texts import Texts
from sandbox.company.world import GitHubHost, LinearWorkspace, World

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from sandbox.company.issues import Work
    from sandbox.company.planning import Cycle, Team
    from sandbox.company.pull_requests import Change
    from sandbox.company.repositories import Repository
    from sandbox.company.volumes import Volume

_Thing = TypeVar("_Thing")
PERIOD = 546 * DAY
"""How long the company has worked when it is first looked at: 18 months."""
_DEFAULT_SIZE = 2_500
_BEFORE_THE_ODD = 60
"""How many pull requests come before what happens once."""
_PATIENCE, _SITTING = 1.0, 1.6
"""The spread of waiting times, and of those in which something just sits."""


class Simulation:
    """Everything that the company's processes need; see `generate`."""

    def __init__(self, size: int, seed: int, end: int) -> None:
        """Found the company so that it has filed `size` issues by `end` (ms)."""
        scale = size / _DEFAULT_SIZE
        self.random = Random(seed)  # noqa: S311 - a play, not a secret
        self.faker = Faker("en_US")
        self.faker.seed_instance(seed)
        self.texts = Texts.make(self.faker, self.random)
        self.ids = Ids(self.random, 17 * size)
        self.calendar = Calendar()
        self.now = start = end - PERIOD
        self.headcount = max(8, round(25 * scale**0.8))
        self.linear = LinearWorkspace(planning.organization(start))
        self.github = GitHubHost()
        self.members: list[tuple[str, str]] = []
        """(actor id, role) in the GitHub organization today."""
        self.people: list[Person] = []
        self.coders: list[Person] = []
        self.everywhere: list[Person] = []
        """Those who review everything, whichever team it comes from."""
        self.owners: dict[str, Person] = {}
        """Who works here, by GitHub login."""
        self.works: dict[str, Work] = {}
        """Issues that are open, by id."""
        self.remembered: WeakValueDictionary[str, Work] = WeakValueDictionary()
        """Issues that something may still happen to."""
        self._ghosts = 0
        self._came: set[str] = set()
        """What happens once in a company and has happened."""
        self.issues_of_project: dict[str, dict[str, Row]] = {}
        self.state_types: dict[str, str] = {}
        self.state_shorts: dict[str, str] = {}
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
        for repository in self.repositories:
            add(start, commits.push_directly(self, repository, start))
            add(start, proposals.by_bot(self, repository))
            if repository.is_public:
                add(start, proposals.from_outside(self, repository))
        add(start, proposals.by_themselves(self, 16 * PERIOD / size))
        add(start, office.bulk_edits(self))
        add(start, self._arrivals(size, start, end))

    def _arrivals(self, size: int, start: int, end: int) -> Process:
        """Exactly `size` issues until `end`, then on at the same rate."""
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

    def run(self, until: int) -> None:
        """Let the company work until `until` (ms)."""
        self.calendar.run(until, self)
        self.now = until
        self.linear.organization["userCount"] = len(self.linear.users)
        self.linear.organization["createdIssueCount"] = len(self.linear.issues)

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

    def around(self, median: float, spread: float) -> float:
        """A positive number with that median and a long tail (log-normal)."""
        return median * exp(self.random.gauss(0.0, spread))

    def later(self, at: int, hours: float, *, sitting: bool = False) -> int:
        """An instant in working time, at a median of `hours` after `at`.

        What is `sitting` has a longer tail: some of it waits for weeks.
        """
        spread = _SITTING if sitting else _PATIENCE
        span = self.around(hours, spread) * HOUR
        return working(at + int(span), self.random)

    # Who does it --------------------------------------------------------------

    def colleague(self, team: Team) -> Person | None:
        """Somebody of the team."""
        return self.pick(team.people) if team.people else None

    def reviewers(self, author: Person) -> list[Account]:
        """Who is asked to review: keen colleagues, and those who review everything."""
        if author.shunned:
            return []
        asked = [*author.team.people, *self.everywhere]
        candidates = [one for one in asked if one is not author and one.accounts]
        keenness = [one.keenness for one in candidates]
        if not any(keenness):
            return []
        drawn = self.random.choices(candidates, keenness, k=self.pick((1, 1, 2, 3)))
        return [one.account for one in dict.fromkeys(drawn)]

    def person_of(self, change: Change) -> Person:
        """Who opened a pull request for an issue."""
        return self.owners[change.author.login]

    def volume(self, author: Person) -> Volume:
        """How much there is to review; once in a company, everything at once."""
        if self.reviewers(author) and self.only_once("the largest pull request"):
            return volumes.LARGEST
        return volumes.draw(self.random)

    def ghost_is_due(self) -> bool:
        """Whether the next stranger's account is deleted: 16 of 1,894 authors' are."""
        due = len(self.github.pull_requests) * 16 >= (self._ghosts + 1) * 1_894
        self._ghosts += due
        return due

    def only_once(self, what: str) -> bool:
        """True for the first that asks, once there are some pull requests."""
        early = len(self.github.pull_requests) < _BEFORE_THE_ODD
        if early or what in self._came:
            return False
        self._came.add(what)
        return True

    def hand_of(self, author: Account) -> Account:
        """Who the commits say: sometimes a colleague or a laptop that nobody set up."""
        if self.chance(0.04):
            return self.pick(self.coders).account
        if self.chance(0.03):
            git = {"name": author.login, "email": f"{author.login}@laptop.local"}
            return Account(None, author.login, git)
        return author

    def repository_of(self, team: Team) -> Repository:
        """Where a team mostly works."""
        if self.chance(0.2):
            return self.pick(self.repositories)
        number = self.teams.index(team) * len(self.repositories) // len(self.teams)
        return self.repositories[number]

    # What modules ask of one another ------------------------------------------

    def identifier_of(self, change: Change) -> str | None:
        """The issue that a pull request is for."""
        return str(change.work.row["identifier"]) if change.work else None

    def plan(self, team: Team, cycle: Cycle, at: int) -> None:
        """Fill a cycle that begins."""
        issue_life.plan(self, team, cycle, at)

    def carry_over(self, work: Work, following: Cycle, at: int) -> None:
        """Move what a cycle leaves undone."""
        issue_life.carry_over(self, work, following, at)

    def propose(self, work: Work, person: Person) -> None:
        """Open a pull request for an issue, after some coding."""
        proposals.for_issue(self, work, person)

    def ready_for_review(self, change: Change, at: int) -> None:
        """Tell the issue that its pull request waits for review."""
        if change.work is not None:
            issue_life.pull_request_opened(self, change.work, at)

    def closed(self, change: Change, at: int) -> None:
        """Tell everybody that a pull request is merged or closed."""
        proposals.closed(self, change, at)


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

"""The shared parts of the company's processes: state, random numbers and calendar."""

from __future__ import annotations

from abc import ABC, abstractmethod
from math import exp
from random import Random
from typing import TYPE_CHECKING, TypeVar
from weakref import WeakValueDictionary

from faker import Faker

from sandbox.company import volumes
from sandbox.company.clock import Calendar, working
from sandbox.company.model import Account
from sandbox.company.rows import DAY, HOUR, Ids, Row
from sandbox.company.tables import GitHubHost
from sandbox.company.texts import Texts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.company.model import (
        Change,
        Crowd,
        Cycle,
        Person,
        Pipeline,
        Repository,
        Team,
        Work,
    )
    from sandbox.company.tables import LinearWorkspace
    from sandbox.company.volumes import Volume

_Thing = TypeVar("_Thing")
_BEFORE_THE_ODD = 60
"""Number of pull requests before an event that happens once."""
_PATIENCE, _SITTING = 1.0, 1.6
"""The spread of waiting times, and of long ones in which nothing happens."""


class Company(ABC):
    """The company's state, and the methods of its processes.

    The methods without a body notify another part of the company of an event;
    `Simulation` connects them.
    """

    linear: LinearWorkspace
    labels: list[str]
    teams: list[Team]
    repositories: list[Repository]
    crowd: Crowd
    headcount: int

    def __init__(self, size: int, seed: int, start: int) -> None:
        """Begin an empty company.

        Args:
            size: Linear issues that it will have filed at the end.
            seed: Which company.
            start: Its first instant, in ms since 1970.
        """
        self.random = Random(seed)  # noqa: S311 - a play, not a secret
        self.faker = Faker("en_US")
        self.faker.seed_instance(seed)
        self.texts = Texts.make(self.faker, self.random)
        self.ids = Ids(self.random, 17 * size)
        self.calendar = Calendar()
        self.now = start
        self.accounts_made = 0
        self.agents_since = start
        """Time from which AI agents help, ms."""
        self.github = GitHubHost()
        self.members: list[tuple[str, str]] = []
        """(actor id, role) in the GitHub organization today."""
        self.people: list[Person] = []
        self.coders: list[Person] = []
        self.everywhere: list[Person] = []
        """People who review the work of every team."""
        self.owners: dict[str, Person] = {}
        """Who works here, by GitHub login."""
        self.works: dict[str, Work] = {}
        """Issues that are open, by id."""
        self.remembered: WeakValueDictionary[str, Work] = WeakValueDictionary()
        """Issues that may still change."""
        self._ghosts = 0
        self._came: set[str] = set()
        """Events that happen once in a company and have happened."""
        self.issues_of_project: dict[str, dict[str, Row]] = {}
        self.state_types: dict[str, str] = {}
        self.state_shorts: dict[str, str] = {}
        self.pipelines: dict[str, Pipeline] = {}
        """Pipelines of releases in Linear, by the repository that they follow."""

    def run(self, until: int) -> None:
        """Let the company work until `until` (ms)."""
        self.calendar.run(until, self)
        self.now = until
        self.linear.organization["userCount"] = len(self.linear.users)
        self.linear.organization["createdIssueCount"] = len(self.linear.issues)

    # Random numbers -----------------------------------------------------------------

    def chance(self, probability: float) -> bool:
        """True with that probability."""
        return self.random.random() < probability

    def pick(self, things: Sequence[_Thing]) -> _Thing:
        """Return one of the items."""
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

        With `sitting`, the tail is longer: some waits take weeks.
        """
        spread = _SITTING if sitting else _PATIENCE
        span = self.around(hours, spread) * HOUR
        return working(at + int(span), self.random)

    # People --------------------------------------------------------------

    def colleague(self, team: Team) -> Person | None:
        """Somebody of the team."""
        return self.pick(team.people) if team.people else None

    def reviewers(self, author: Person) -> list[Account]:
        """Return the reviewers: eager colleagues, and people who review everything."""
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
        """The number of a pull request's children; once, very large numbers."""
        if self.reviewers(author) and self.only_once("the largest pull request"):
            return volumes.LARGEST
        return volumes.draw(self.random)

    def ghost_is_due(self) -> bool:
        """Whether the next stranger's account is deleted: 16 of 1,894 authors' are."""
        due = len(self.github.pull_requests) * 16 >= (self._ghosts + 1) * 1_894
        self._ghosts += due
        return due

    def only_once(self, what: str) -> bool:
        """True for the first caller, after some pull requests."""
        early = len(self.github.pull_requests) < _BEFORE_THE_ODD
        if early or what in self._came:
            return False
        self._came.add(what)
        return True

    def hand_of(self, author: Account) -> Account:
        """The author in the commits: sometimes a colleague, or a laptop's default."""
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

    # Notifications between parts of the company -----------------------------------

    def identifier_of(self, change: Change) -> str | None:
        """The issue that a pull request is for."""
        return str(change.work.row["identifier"]) if change.work else None

    @abstractmethod
    def plan(self, team: Team, cycle: Cycle, at: int) -> None:
        """Fill a cycle that begins."""

    @abstractmethod
    def carry_over(self, work: Work, following: Cycle, at: int) -> None:
        """Move the unfinished issues of a cycle."""

    @abstractmethod
    def propose(self, work: Work, person: Person) -> None:
        """Open a pull request for an issue, after some coding."""

    @abstractmethod
    def ready_for_review(self, change: Change, at: int) -> None:
        """Notify the issue that its pull request waits for review."""

    @abstractmethod
    def closed(self, change: Change, at: int) -> None:
        """Notify all parts that a pull request is merged or closed."""

    @abstractmethod
    def shipped(
        self, repository: Repository, kind: str, oid: str, version: str
    ) -> None:
        """Tell Linear that a commit has reached its users."""

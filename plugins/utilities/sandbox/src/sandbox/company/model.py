"""The entities of the company: people, teams, cycles, issues and pull requests."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

    from sandbox.company.rows import Row
    from sandbox.company.volumes import Volume


@dataclass(slots=True, eq=False)
class Account:
    """An account on GitHub; a ghost has no `id`."""

    id: str | None
    login: str
    git: Row
    """The GitActor of its commits."""
    association: str = "MEMBER"


@dataclass(slots=True, eq=False)
class Person:
    """One person: at most one Linear user, and any number of GitHub accounts."""

    name: str
    linear_id: str
    handle: str
    """How branches begin."""
    team: Team
    accounts: list[Account] = field(default_factory=list)
    keenness: float = 1.0
    """How often this person reviews, relative to others (1); 0 is never."""
    shunned: bool = False
    """Whether this person's work is merged without review."""

    @property
    def account(self) -> Account:
        """The GitHub account in use today."""
        return self.accounts[-1]


@dataclass(slots=True, eq=False)
class Crowd:
    """All accounts on GitHub of people outside of the company."""

    outsiders: list[Account] = field(default_factory=list)
    dependency_bot: Account = field(init=False)
    coverage_bot: Account = field(init=False)
    review_bot: Account = field(init=False)
    update_bot: Account = field(init=False)
    machine_user: Account = field(init=False)
    mannequin: Account = field(init=False)
    ghost: Account = field(init=False)
    review_team: Account = field(init=False)
    """Not an account: a team of the organization, from which a review can be requested.
    """


@dataclass(slots=True, eq=False)
class Cycle:
    """An active cycle: its row and its current issues."""

    row: Row
    works: dict[str, Work] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Team:
    """A team: its rows and its current work."""

    row: Row
    states: dict[str, str] = field(default_factory=dict)
    """State id by the short name in STATES."""
    people: list[Person] = field(default_factory=list)
    backlog: list[Work] = field(default_factory=list)
    finished: deque[tuple[int, Work]] = field(default_factory=deque)
    projects: list[tuple[int, Row]] = field(default_factory=list)
    """The projects, each with the instant at which it begins."""
    milestones: dict[str, list[str]] = field(default_factory=dict)
    """Milestone ids by project id."""
    labels: list[str] = field(default_factory=list)
    cycles: list[Cycle] = field(default_factory=list)
    """Past ones first, then the active one at `active`, then the upcoming ones."""
    active: int = -1
    last_number: int = 0

    @property
    def cycle(self) -> Cycle | None:
        """The active cycle."""
        return self.cycles[self.active] if self.active >= 0 else None

    def project_at(self, at: int) -> Row | None:
        """The project that the team works on at `at`."""
        begun = [row for begins, row in self.projects if begins <= at]
        return begun[-1] if begun else None


@dataclass(slots=True, eq=False)
class Repository:
    """A repository: its row and its settings."""

    row: Row
    method: str
    """How pull requests land: SQUASH, MERGE or REBASE."""
    paths: list[str] = field(default_factory=list)
    labels: list[Row] = field(default_factory=list)
    last_number: int = 0

    @property
    def is_public(self) -> bool:
        """Whether people from outside propose changes."""
        return not self.row["isPrivate"]

    @property
    def tip(self) -> list[str]:
        """The newest commit's oid on the default branch; empty before the first one."""
        return [str(commit["oid"]) for commit in self.row["commits"][:1]]


@dataclass(slots=True, eq=False, weakref_slot=True)
class Work:
    """An issue: its row and the state of its processes."""

    row: Row
    team: Team
    history: list[Row]
    spans: list[Row]
    gone: bool = False
    open_pull_requests: int = 0
    started: bool = False
    someday: bool = False
    """It is never started."""


@dataclass(slots=True)
class Proposal:
    """The properties of a new pull request."""

    repository: Repository
    author: Account
    title: str
    branch: str
    volume: Volume
    body: str = ""
    person: Person | None = None
    """The author, if the author works here."""
    work: Work | None = None
    """The issue that it is for."""
    draft: bool = False


@dataclass(slots=True, eq=False)
class Change:
    """A pull request: its row and the state of its processes."""

    row: Row
    repository: Repository
    author: Account
    work: Work | None = None
    attachment: Row | None = None
    reviewers: list[Account] = field(default_factory=list)
    gone: bool = False


@dataclass(slots=True)
class Pipeline:
    """A pipeline and its releases.

    Attributes:
        row: Its row in Linear.
        teams: Whose issues it releases.
        dice: Its random numbers.
        stages: ID of a stage by its type; of two started ones, the one that is open.
        since: Issues that were finished later are not in a release yet, ms.
        current: The release that collects issues.
        following: The release after it.
        count: How many releases it has had.
    """

    row: Row
    teams: list[Team]
    dice: Random
    stages: dict[str, str] = field(default_factory=dict)
    since: int = 0
    current: Row | None = None
    following: Row | None = None
    count: int = 0

"""How merged work reaches users: deployments by workflows, and releases by tags.

A repository's number decides how it delivers. The shares of deployments that fail are
those of the clusters of the DORA report of 2024 ("Accelerate State of DevOps", change
failure rate): elite 5 %, high 20 %, medium 10 %. Each repository has its own dice, so
that what it delivers changes nothing else in the company.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from sandbox.company.clock import working
from sandbox.company.rows import DAY, HOUR, MINUTE, SECOND, WEEK, Row, github_time

if TYPE_CHECKING:
    from sandbox.company.clock import Process
    from sandbox.company.kernel import Company
    from sandbox.company.model import Repository


class Style(NamedTuple):
    """How a repository delivers.

    Attributes:
        every: Median time between two deployments or releases, ms; 0 is never.
        environments: Where it deploys to, in this order; none means by release.
        failing: Share of deployments that fail.
        tags: Whether it publishes releases.
    """

    every: int
    environments: tuple[str, ...] = ()
    failing: float = 0.0
    tags: bool = False


STYLES = (
    Style(5 * HOUR, ("staging", "production"), 0.05),
    Style(WEEK, ("production",), 0.2, tags=True),
    Style(2 * WEEK, tags=True),
    Style(2 * DAY, ("prod",), 0.1),
    Style(0),
    Style(4 * WEEK, tags=True),
)
_PRODUCTION = ("production", "prod")
_REGRETTED = 0.02
"""Share of deployments that succeed and are rolled back some hours later."""
_REPEATED = 0.5
"""Share of failed deployments that are repeated; the others are rolled back."""
_ATTEMPTS = 3
_FIRST_NUMBER = 1_500_000_000
_NUMBERS_PER_REPOSITORY = 10_000_000


@dataclass(slots=True)
class _Desk:
    """The actor that delivers a repository, and what is live."""

    sim: Company
    repository: Repository
    random: Random
    number: int
    live: dict[str, list[Row]] = field(default_factory=dict)
    """By environment: the deployments that succeeded, oldest first."""


def deliver(sim: Company, repository: Repository, position: int) -> Process:
    """Deliver a repository until the end.

    Args:
        sim: The company.
        repository: What is delivered.
        position: Its position among the company's repositories.
    """
    style = STYLES[position % len(STYLES)]
    row = repository.row
    row["deployments"], row["releases"] = [], []
    number = _FIRST_NUMBER + position * _NUMBERS_PER_REPOSITORY
    dice = Random(f"delivery of {row['id']}")  # noqa: S311 - a play, not a secret
    desk = _Desk(sim, repository, dice, number)
    if not style.every:
        return
    delivered: list[str] = []
    while True:
        span = desk.random.uniform(0.6, 1.4) * style.every
        yield working(sim.now + int(span), desk.random)
        if repository.tip == delivered:
            continue
        delivered = repository.tip
        if style.tags:
            yield from _release(desk, delivered[0])
        if style.environments:
            yield from _deploy_everywhere(desk, style, delivered[0])


def _deploy_everywhere(desk: _Desk, style: Style, oid: str) -> Process:
    """Deploy a commit to each environment in turn, until a deployment fails."""
    for environment in style.environments:
        is_production = environment in _PRODUCTION
        failing = style.failing if is_production else 0.02
        for attempt in range(_ATTEMPTS):
            before = desk.live.get(environment, [])[-1:]
            fails = desk.random.random() < failing
            yield from _deploy(desk, environment, oid, fails=fails)
            if not fails:
                break
            if is_production and before and desk.random.random() > _REPEATED:
                yield from _roll_back(desk, environment, before[0])
                return
            if attempt + 1 < _ATTEMPTS:
                yield desk.sim.now + desk.random.randrange(5, 50) * MINUTE
        else:
            return
        if is_production and before and desk.random.random() < _REGRETTED:
            yield desk.sim.now + desk.random.randrange(1, 5) * HOUR
            yield from _roll_back(desk, environment, before[0])


def _roll_back(desk: _Desk, environment: str, before: Row) -> Process:
    """Deploy the commit that was live before."""
    yield desk.sim.now + desk.random.randrange(4, 40) * MINUTE
    oid = before["commitOid"]
    yield from _deploy(desk, environment, oid, fails=False, why="Roll back")


def _deploy(
    desk: _Desk, environment: str, oid: str, *, fails: bool, why: str = "Deploy"
) -> Process:
    """Queue a deployment, run it and end it."""
    desk.number += desk.random.randrange(1, 9)
    stamp = github_time(desk.sim.now)
    row: Row = {
        "id": f"DE_kwDO{desk.number:x}",
        "databaseId": desk.number,
        "repositoryId": desk.repository.row["id"],
        "commitOid": oid,
        "creatorId": desk.sim.crowd.machine_user.id,
        "environment": environment,
        "task": "deploy",
        "description": f"{why} to {environment}",
        "refName": "main",
        "createdAt": stamp,
        "updatedAt": stamp,
        "statuses": [],
    }
    desk.repository.row["deployments"].append(row)
    _set(desk, row, "QUEUED")
    yield desk.sim.now + desk.random.randrange(5, 90) * SECOND
    _set(desk, row, "IN_PROGRESS")
    yield desk.sim.now + desk.random.randrange(90, 1_200) * SECOND
    if fails:
        _set(desk, row, desk.random.choice(("FAILURE", "FAILURE", "ERROR")))
        return
    _set(desk, row, "SUCCESS")
    row["state"] = "ACTIVE"
    live = desk.live.setdefault(environment, [])
    for older in live[-1:]:  # GitHub does so by itself (`auto_inactive`)
        _set(desk, older, "INACTIVE")
    live.append(row)
    if environment in _PRODUCTION:
        desk.sim.shipped(desk.repository, "continuous", oid, oid[:7])


def _set(desk: _Desk, row: Row, state: str) -> None:
    stamp = github_time(desk.sim.now)
    row["state"], row["updatedAt"] = state, stamp
    row["statuses"].append(
        {
            "id": f"DES_{row['id']}_{len(row['statuses'])}",
            "creatorId": row["creatorId"],
            "environment": row["environment"],
            "state": state,
            "logUrl": f"{desk.repository.row['url']}/actions/runs/{row['databaseId']}",
            "createdAt": stamp,
            "updatedAt": stamp,
        }
    )


def _release(desk: _Desk, oid: str) -> Process:
    """Tag a commit and publish it; some releases are drafts for a day."""
    desk.number += 1
    sim, held = desk.sim, desk.repository.row["releases"]
    is_candidate = desk.random.random() < 0.15  # noqa: PLR2004 - one in seven
    name = f"v1.{len(held)}.0" + ("-rc.1" if is_candidate else "")
    author = desk.random.choice(sim.coders).account.id
    stamp = github_time(sim.now)
    row: Row = {
        "id": f"RE_kwDO{desk.number:x}",
        "databaseId": desk.number,
        "repositoryId": desk.repository.row["id"],
        "authorId": author,
        "name": name,
        "tagName": name,
        "tagCommitOid": oid,
        "description": "What has changed",
        "isDraft": desk.random.random() < 0.2,  # noqa: PLR2004 - one in five
        "isPrerelease": is_candidate,
        "isLatest": False,
        "createdAt": stamp,
        "updatedAt": stamp,
    }
    held.append(row)
    if row["isDraft"]:
        yield sim.now + desk.random.randrange(2, 30) * HOUR
        row["isDraft"] = False
    row["publishedAt"] = row["updatedAt"] = github_time(sim.now)
    if not is_candidate:
        sim.shipped(desk.repository, "scheduled", oid, name)
        for each in held:
            each["isLatest"] = each is row

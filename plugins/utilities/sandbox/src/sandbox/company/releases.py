"""Releases in Linear, for the last year: they follow what GitHub delivers.

One repository has a scheduled pipeline: a started release collects issues until the
repository's next tag completes it. Another one has a continuous pipeline: a deployment
to production is a completed release with the issues that were finished before it. The
other repositories are delivered without a release in Linear. Each pipeline has its own
dice, so that releases change nothing else in the company.
"""

from __future__ import annotations

import uuid
from random import Random
from typing import TYPE_CHECKING

from sandbox.company.model import Pipeline
from sandbox.company.people import ORGANIZATION
from sandbox.company.rows import DAY, WEEK, Row, day_of, linear_time

if TYPE_CHECKING:
    from sandbox.company.kernel import Company
    from sandbox.company.model import Repository, Team

_SCHEDULED, _CONTINUOUS = 1, 3
"""Positions of the repositories with a pipeline; see `delivery.STYLES`."""
_STAGES = (
    ("Planned", "planned", "#bec2c8", False),
    ("In progress", "started", "#f2c94c", False),
    ("Code freeze", "started", "#eb5757", True),
    ("Released", "completed", "#5e6ad2", False),
    ("Canceled", "canceled", "#95a2b3", False),
)
_CANCELED = 0.06
"""Share of scheduled releases that are canceled: the next one gets their issues."""
_IN_PROGRESS = 2
"""How many open issues a scheduled release begins with."""
_KEPT = 180 * DAY
"""How long a release is listed before it is archived."""


def install(sim: Company, start: int) -> None:
    """Set up the pipelines; also one for staging, which nothing is released with.

    Args:
        sim: The company.
        start: When, ms.
    """
    often = _CONTINUOUS if len(sim.repositories) > _CONTINUOUS else 0
    for kind, position in (("scheduled", _SCHEDULED), ("continuous", often)):
        repository = sim.repositories[position]
        teams = [
            team
            for number, team in enumerate(sim.teams)
            if number * len(sim.repositories) // len(sim.teams) == position
        ]
        teams = teams or [sim.teams[position % len(sim.teams)]]
        pipeline = _pipeline(sim, start, repository.row["name"], kind, teams)
        sim.pipelines[repository.row["id"]] = pipeline
    staging = _pipeline(sim, start, "Staging", "continuous", [])
    staging.row["isProduction"] = False


def _pipeline(
    sim: Company, start: int, name: str, kind: str, teams: list[Team]
) -> Pipeline:
    dice = Random(f"releases of {name}")  # noqa: S311 - a play, not a secret
    key, stamp = _uuid(dice), linear_time(start)
    row: Row = {
        "id": key,
        "name": name,
        "slugId": key[:8],
        "type": kind,
        "url": f"https://linear.app/{ORGANIZATION}/release-pipeline/{key[:8]}",
        "teamIds": [team.row["id"] for team in teams],
        "includePathPatterns": [],
        "isProduction": True,
        "approximateReleaseCount": 0,
        "autoGenerateReleaseNotesOnCompletion": kind == "scheduled",
        "createdAt": stamp,
        "updatedAt": stamp,
    }
    sim.linear.release_pipelines[key] = row
    pipeline = Pipeline(row, teams, dice, since=start)
    for position, (stage, type_, color, frozen) in enumerate(_STAGES):
        pipeline.stages.setdefault(type_, found := _uuid(dice))
        sim.linear.release_stages[found] = {
            "id": found,
            "pipelineId": key,
            "name": stage,
            "type": type_,
            "color": color,
            "frozen": frozen,
            "position": float(position),
            "createdAt": stamp,
            "updatedAt": stamp,
        }
    return pipeline


def shipped(
    sim: Company, repository: Repository, kind: str, oid: str, version: str
) -> None:
    """Complete a release, if the repository has a pipeline of this kind.

    Args:
        sim: The company.
        repository: What has reached its users.
        kind: scheduled for a tag, continuous for a deployment to production.
        oid: The commit.
        version: Name of the tag, or the beginning of the commit's ID.
    """
    pipeline = sim.pipelines.get(repository.row["id"])
    if pipeline is None or pipeline.row["type"] != kind or sim.now < sim.agents_since:
        return
    finished = _finished(sim, pipeline)
    pipeline.since = sim.now
    if kind == "continuous":
        if finished:
            release = _create(sim, pipeline)
            _add(sim, pipeline, release, finished)
            _complete(sim, pipeline, release, oid, version)
        return
    if pipeline.current is None:
        pipeline.current = _start(sim, pipeline, _create(sim, pipeline))
        pipeline.following = _create(sim, pipeline)
    release, following = pipeline.current, pipeline.following or pipeline.current
    _add(sim, pipeline, release, finished)
    if pipeline.dice.random() < _CANCELED:
        _enter(sim, pipeline, release, "canceled", canceledAt=linear_time(sim.now))
        _move(sim, release, following, only_open=False)
        sim.calendar.once(sim.now + WEEK, _throw_away, sim, pipeline, release)
    else:
        _move(sim, release, following, only_open=True)
        _complete(sim, pipeline, release, oid, version)
    pipeline.current = _start(sim, pipeline, following)
    pipeline.following = _create(sim, pipeline)


def _finished(sim: Company, pipeline: Pipeline) -> list[str]:
    """Return the issues that were completed since the last release.

    An issue that was reopened in between was finished twice.
    """
    found = [
        work.row["id"]
        for team in pipeline.teams
        for at, work in team.finished
        if at > pipeline.since
        and not work.gone
        and sim.state_types[work.row["stateId"]] == "completed"
    ]
    return list(dict.fromkeys(found))


def _create(sim: Company, pipeline: Pipeline) -> Row:
    """Plan a release."""
    pipeline.count += 1
    key, stamp = _uuid(pipeline.dice), linear_time(sim.now)
    row: Row = {
        "id": key,
        "pipelineId": pipeline.row["id"],
        "stageId": pipeline.stages["planned"],
        "name": f"{pipeline.row['name']} {pipeline.count}",
        "slugId": key[:8],
        "url": f"https://linear.app/{ORGANIZATION}/release/{key[:8]}",
        "createdAt": stamp,
        "updatedAt": stamp,
    }
    if pipeline.row["type"] == "scheduled":
        row["creatorId"] = pipeline.dice.choice(sim.people).linear_id
        row["targetDate"] = day_of(sim.now + 2 * WEEK)
        row["description"] = "What this release is about"
    sim.linear.releases[key] = row
    pipeline.row["approximateReleaseCount"] += 1
    return row


def _start(sim: Company, pipeline: Pipeline, release: Row) -> Row:
    """Start a release with some of the issues that are in progress."""
    stamp = linear_time(sim.now)
    _enter(sim, pipeline, release, "started", startedAt=stamp)
    release["startDate"] = day_of(sim.now)
    teams = {team.row["id"] for team in pipeline.teams}
    doing = [
        work.row["id"]
        for work in sim.works.values()
        if work.started and work.row["teamId"] in teams
    ]
    _add(sim, pipeline, release, doing[:_IN_PROGRESS])
    return release


def _add(sim: Company, pipeline: Pipeline, release: Row, issues: list[str]) -> None:
    stamp = linear_time(sim.now)
    held = {
        pair["issueId"]
        for pair in sim.linear.issue_to_releases.values()
        if pair["releaseId"] == release["id"]
    }
    for issue in issues:
        if issue not in held:
            key = _uuid(pipeline.dice)
            sim.linear.issue_to_releases[key] = {
                "id": key,
                "issueId": issue,
                "releaseId": release["id"],
                "createdAt": stamp,
                "updatedAt": stamp,
            }


def _move(sim: Company, release: Row, following: Row, *, only_open: bool) -> None:
    """Move issues to the next release; issues that are already there stay once."""
    pairs = sim.linear.issue_to_releases
    there = {
        pair["issueId"]
        for pair in pairs.values()
        if pair["releaseId"] == following["id"]
    }
    for pair in [one for one in pairs.values() if one["releaseId"] == release["id"]]:
        issue = sim.linear.issues.get(pair["issueId"])
        is_done = issue and sim.state_types[issue["stateId"]] == "completed"
        if only_open and is_done:
            continue
        if issue is None or pair["issueId"] in there:
            del pairs[pair["id"]]
        else:
            pair.update(releaseId=following["id"], updatedAt=linear_time(sim.now))


def _complete(
    sim: Company, pipeline: Pipeline, release: Row, oid: str, version: str
) -> None:
    stamp = linear_time(sim.now)
    release.update(commitSha=oid, version=version)
    release.setdefault("startedAt", stamp)
    _enter(sim, pipeline, release, "completed", completedAt=stamp)
    sim.calendar.once(sim.now + _KEPT, _archive, sim, pipeline, release)


def _enter(
    sim: Company, pipeline: Pipeline, release: Row, stage: str, **values: str
) -> None:
    release.update(
        stageId=pipeline.stages[stage], updatedAt=linear_time(sim.now), **values
    )


def _throw_away(sim: Company, pipeline: Pipeline, release: Row) -> None:
    """Move a canceled release to the trash."""
    release.update(trashed=True, archivedAt=linear_time(sim.now))
    pipeline.row["approximateReleaseCount"] -= 1


def _archive(sim: Company, pipeline: Pipeline, release: Row) -> None:
    release["archivedAt"] = release["autoArchivedAt"] = linear_time(sim.now)
    pipeline.row["approximateReleaseCount"] -= 1


def _uuid(dice: Random) -> str:
    return str(uuid.UUID(int=dice.getrandbits(128), version=4))

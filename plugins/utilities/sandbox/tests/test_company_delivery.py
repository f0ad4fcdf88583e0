"""What the company deploys, and how its agents show."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox.company import World, generate

UNTIL = datetime(2026, 3, 31, 12, tzinfo=UTC)
ENDED = {"SUCCESS", "FAILURE", "ERROR"}

Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def world() -> World:
    return generate(400, until=UNTIL)


@pytest.fixture(scope="module")
def deployments(world: World) -> Rows:
    return [
        row
        for repository in world.github.repositories.values()
        for row in repository.get("deployments") or ()
    ]


def test_every_deployment_is_of_a_commit_of_the_default_branch(world: World) -> None:
    for repository in world.github.repositories.values():
        known = {commit["oid"] for commit in repository.get("commits") or ()}
        deployed = {row["commitOid"] for row in repository.get("deployments") or ()}
        deployed |= {row["tagCommitOid"] for row in repository.get("releases") or ()}
        assert deployed <= known


def test_statuses_follow_each_other_and_the_last_one_is_the_state(
    deployments: Rows,
) -> None:
    assert deployments
    for row in deployments:
        times = [status["createdAt"] for status in row["statuses"]]
        assert times == sorted(times)
        assert times[0] == row["createdAt"]
        assert row["updatedAt"] == times[-1]
        last = row["statuses"][-1]["state"]
        assert row["state"] == ("ACTIVE" if last == "SUCCESS" else last)


def test_a_weekly_repository_fails_more_often_than_one_that_deploys_daily(
    deployments: Rows, world: World
) -> None:
    shares = []
    for repository in list(world.github.repositories.values())[:2]:
        ended = Counter(
            status["state"]
            for row in deployments
            if row["repositoryId"] == repository["id"]
            and row["environment"] == "production"
            for status in row["statuses"]
            if status["state"] in ENDED
        )
        shares.append(1 - ended["SUCCESS"] / ended.total())
    often, weekly = shares
    assert 0.02 < often < 0.1
    assert 0.12 < weekly < 0.3


def test_some_deployments_go_back_to_an_older_commit(deployments: Rows) -> None:
    back = [row for row in deployments if row["description"].startswith("Roll back")]
    assert back
    for row in back:
        before = [
            one["commitOid"]
            for one in deployments
            if one["repositoryId"] == row["repositoryId"]
            and one["createdAt"] < row["createdAt"]
        ]
        assert row["commitOid"] in before


def test_agents_help_in_the_last_year_only_and_some_show_only_when_squashed(
    world: World,
) -> None:
    a_year_ago = "2025-03-31T12:00:00Z"
    signed, squashed = Counter[bool](), 0
    delegated = [row for row in world.linear.issues.values() if "delegateId" in row]
    for pull in world.github.pull_requests.values():
        own = any("ssisted-by:" in m or "uthored-" in m for m in messages(pull))
        if own:
            signed[pull["createdAt"] >= a_year_ago] += 1
        landed = (pull.get("mergeCommit") or {}).get("oid")
        repository = world.github.repositories[pull["repositoryId"]]
        message = next(
            (c["message"] for c in repository["commits"] if c["oid"] == landed), ""
        )
        squashed += not own and ("ssisted-by:" in message or "uthored-" in message)
    assert signed[True] > 10
    assert signed[False] == 0
    assert squashed > 0
    assert delegated
    assert any("toDelegateId" in entry for entry in histories(world))


def messages(pull: dict[str, Any]) -> list[str]:
    return [entry["commit"]["message"] for entry in pull["commits"]]


def histories(world: World) -> Rows:
    return [entry for rows in world.linear.issue_history.values() for entry in rows]

"""What the company releases, what its agents do, and what its customers ask for."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from sandbox import company
from sandbox.hubspot.customers import account_of

if TYPE_CHECKING:
    from sandbox.company import World

SIZE, SEED = 600, 7
END = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def world() -> World:
    """A company of its own, which the last test advances."""
    return company.generate(SIZE, SEED, END)


def test_a_customer_in_linear_is_a_company_in_hubspot_with_the_same_name_and_domain(
    world: World,
) -> None:
    companies = account_of(world, SIZE, SEED).records["companies"]
    crm = {str(key): record.properties for key, record in companies.items()}
    customers = world.linear.customers.values()
    assert 10 < len(customers) < len(crm)
    for one in customers:
        (key,) = one["externalIds"]
        assert one["name"] == crm[key]["name"]
        assert one["domains"] == [crm[key]["domain"]]
        assert crm[key]["lifecyclestage"] == "customer"
        assert str(one["revenue"]) == crm[key]["annualrevenue"]


def test_a_need_has_a_customer_and_an_issue_or_a_project(world: World) -> None:
    linear = world.linear
    needs = linear.customer_needs.values()
    for need in needs:
        assert need["customerId"] in linear.customers
        assert need.get("issueId") in linear.issues or (
            need["projectId"] in linear.projects
        )
    counts = Counter(need["customerId"] for need in needs)
    for key, customer in linear.customers.items():
        assert customer["approximateNeedCount"] == counts[key]
        assert not linear.users.get(customer.get("ownerId", ""), {}).get("app")


def test_a_release_has_the_times_of_its_stage_and_a_completed_one_its_commit(
    world: World,
) -> None:
    linear = world.linear
    kinds = {key: stage["type"] for key, stage in linear.release_stages.items()}
    found = Counter(kinds[one["stageId"]] for one in linear.releases.values())
    assert found["completed"] > 20
    assert found["started"] == found["planned"] == 1
    tags = {
        (release["tagName"], release["tagCommitOid"])
        for repository in world.github.repositories.values()
        for release in repository.get("releases", ())
    }
    for one in linear.releases.values():
        kind = kinds[one["stageId"]]
        assert (kind == "completed") == ("completedAt" in one)
        assert (kind == "canceled") == ("canceledAt" in one)
        if kind == "completed":
            assert one["createdAt"] <= one["startedAt"] <= one["completedAt"]
            is_tag = (one["version"], one["commitSha"]) in tags
            assert is_tag or one["commitSha"].startswith(one["version"])


def test_an_issue_is_once_in_a_release_and_both_exist(
    world: World,
) -> None:
    linear = world.linear
    pairs = [
        (one["issueId"], one["releaseId"]) for one in linear.issue_to_releases.values()
    ]
    assert len(pairs) > 50
    assert max(Counter(pairs).values()) == 1
    assert {issue for issue, _ in pairs} <= linear.issues.keys()
    assert {release for _, release in pairs} <= linear.releases.keys()


def test_a_delegated_issue_has_a_session_of_its_agent(world: World) -> None:
    linear = world.linear
    sessions = linear.agent_sessions.values()
    delegated = {key for key, one in linear.issues.items() if "delegateId" in one}
    assert delegated
    assert delegated <= {one.get("issueId") for one in sessions}
    for one in sessions:
        assert linear.users[one["appUserId"]]["supportsAgentSessions"]
        assert (one["status"] == "complete") == ("endedAt" in one)
        assert one["createdAt"] <= one.get("startedAt", one["createdAt"])


def test_time_moves_releases_sessions_and_customers_on(world: World) -> None:
    linear = world.linear
    tables = ("releases", "agent_sessions", "customers", "customer_needs")
    before = {name: set(getattr(linear, name)) for name in tables}
    company.advance(world, timedelta(days=120))
    for name in tables:
        assert set(getattr(linear, name)) - before[name], name
    kept = [int(one["mainSourceId"]) for one in linear.customers.values()]
    companies = account_of(world, SIZE, SEED).records["companies"].values()
    came = {
        one.id
        for one in companies
        if one.properties["lifecyclestage"] == "customer" and one.id < max(kept)
    }
    assert came - set(kept), "a customer that left is deleted"
    archived = [one for one in linear.releases.values() if "archivedAt" in one]
    assert archived
    for need in linear.customer_needs.values():
        assert need["customerId"] in linear.customers

"""The company's rows against the vendors' own schemas."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

import pytest
from graphql import GraphQLObjectType, GraphQLSchema, build_schema

from sandbox.company import World, generate
from sandbox.testing import published_schema

if TYPE_CHECKING:
    from collections.abc import Iterable

LINEAR = {
    "teams": "Team",
    "users": "User",
    "team_memberships": "TeamMembership",
    "workflow_states": "WorkflowState",
    "issue_labels": "IssueLabel",
    "projects": "Project",
    "project_milestones": "ProjectMilestone",
    "initiatives": "Initiative",
    "cycles": "Cycle",
    "issues": "Issue",
    "comments": "Comment",
    "attachments": "Attachment",
    "issue_relations": "IssueRelation",
}
OURS = {
    "members",
    "commits",
    "previousNames",
    "defaultBranch",
    "hasChecks",
    "closingIssues",
    "requestedReviewerIds",
    "__typename",
}
"""Keys that carry what the schema reaches by a connection, not by a field."""


@cache
def contract(vendor: str) -> GraphQLSchema:
    path = published_schema(vendor)
    if path is None:
        pytest.skip(f"the schema of {vendor} is missing: run `make contracts`")
    return build_schema(path.read_text(), assume_valid=True)


@pytest.fixture(scope="module")
def world() -> World:
    return generate(600, seed=3, until=datetime(2026, 3, 31, 12, tzinfo=UTC))


def unknown(vendor: str, type_name: str, rows: Iterable[dict[str, object]]) -> set[str]:
    kind = contract(vendor).type_map[type_name]
    assert isinstance(kind, GraphQLObjectType)
    keys = {key for row in rows for key in row} - OURS
    fields = set(kind.fields)
    return {
        key
        for key in keys
        if key not in fields
        and key.removesuffix("Id") not in fields
        and key.removesuffix("Ids") not in fields
        and f"{key.removesuffix('Ids')}s" not in fields
    }


@pytest.mark.parametrize(("table", "type_name"), LINEAR.items())
def test_every_key_of_a_linear_row_is_a_field_of_its_type(
    world: World, table: str, type_name: str
) -> None:
    rows = getattr(world.linear, table).values()
    assert rows
    assert unknown("linear", type_name, rows) == set()


def test_every_key_of_history_and_state_spans_is_a_field_of_its_type(
    world: World,
) -> None:
    history = (row for rows in world.linear.issue_history.values() for row in rows)
    spans = (row for rows in world.linear.issue_state_spans.values() for row in rows)
    assert unknown("linear", "IssueHistory", history) == set()
    assert unknown("linear", "IssueStateSpan", spans) == set()
    assert unknown("linear", "Organization", [world.linear.organization]) == set()


@pytest.mark.parametrize(
    ("name", "type_name"),
    [
        ("reviews", "PullRequestReview"),
        ("reviewThreads", "PullRequestReviewThread"),
        ("comments", "IssueComment"),
        ("files", "PullRequestChangedFile"),
        ("commits", "PullRequestCommit"),
    ],
)
def test_every_key_of_a_pull_request_s_child_is_a_field_of_its_type(
    world: World, name: str, type_name: str
) -> None:
    rows = [row for pull in world.github.pull_requests.values() for row in pull[name]]
    assert rows
    assert unknown("github", type_name, rows) == set()
    if name == "reviewThreads":
        comments = [comment for thread in rows for comment in thread["comments"]]
        assert unknown("github", "PullRequestReviewComment", comments) == set()
    if name == "commits":
        commits = [row["commit"] for row in rows]
        assert unknown("github", "Commit", commits) == set()
        people = [commit["author"] for commit in commits]
        assert unknown("github", "GitActor", people) == set()


def test_every_key_of_a_pull_request_repository_and_actor_is_a_field_of_its_type(
    world: World,
) -> None:
    github = world.github
    assert unknown("github", "PullRequest", github.pull_requests.values()) == set()
    assert unknown("github", "Repository", github.repositories.values()) == set()
    assert unknown("github", "Organization", github.organizations.values()) == set()
    assert unknown("github", "Team", github.teams.values()) == set()
    for kind in ("User", "Bot", "Mannequin"):
        rows = [row for row in github.actors.values() if row["__typename"] == kind]
        assert rows
        assert unknown("github", kind, rows) == set()


def test_every_key_of_a_timeline_item_is_a_field_of_the_event_that_it_names(
    world: World,
) -> None:
    by_kind: dict[str, list[dict[str, object]]] = {}
    for pull in world.github.pull_requests.values():
        for row in pull["timelineItems"]:
            by_kind.setdefault(row["__typename"], []).append(row)
    assert by_kind
    for kind, rows in by_kind.items():
        assert unknown("github", kind, rows) == set(), kind

"""The mess of real companies in Linear, each kind found in the default company."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.company import World

    Rows = list[dict[str, Any]]
    Check = Callable[[str, Rows, tuple[str, ...]], None]


@pytest.fixture(scope="module")
def kinds(world: World) -> dict[str, str]:
    return {key: row["type"] for key, row in world.linear.workflow_states.items()}


def path(world: World, kinds: dict[str, str], issue: dict[str, Any]) -> list[str]:
    return [
        kinds[span["stateId"]] for span in world.linear.issue_state_spans[issue["id"]]
    ]


def test_every_type_of_state_holds_issues_now(
    issues: Rows, kinds: dict[str, str]
) -> None:
    assert set(Counter(kinds[issue["stateId"]] for issue in issues)) == set(
        kinds.values()
    )


def test_some_issues_are_reopened_twice_and_some_canceled_after_completion(
    world: World, issues: Rows, kinds: dict[str, str]
) -> None:
    paths = [path(world, kinds, issue) for issue in issues]
    assert any(steps.count("completed") > 2 for steps in paths)
    assert any(
        "canceled" in steps[steps.index("completed") :]
        for steps in paths
        if "completed" in steps
    )
    assert any("started" not in steps and "completed" not in steps for steps in paths)


def test_some_issues_go_back_before_they_are_done(
    world: World, issues: Rows, kinds: dict[str, str]
) -> None:
    paths = ["-".join(path(world, kinds, issue)) for issue in issues]
    assert any("started-unstarted-started" in steps for steps in paths)
    assert any("unstarted-backlog" in steps for steps in paths)


def test_some_issues_have_been_in_three_cycles(world: World, issues: Rows) -> None:
    visited = [
        {
            row["toCycleId"]
            for row in world.linear.issue_history[issue["id"]]
            if "toCycleId" in row
        }
        for issue in issues
    ]
    assert max(len(cycles) for cycles in visited) >= 3


def test_cycles_are_left_with_work_undone_and_scope_creeps_into_them(
    world: World,
) -> None:
    closed = [row for row in world.linear.cycles.values() if row["isPast"]]
    assert any(row["uncompletedIssuesUponCloseIds"] for row in closed)
    assert any(row["scopeHistory"][-1] > row["scopeHistory"][0] for row in closed)
    assert any("archivedAt" in row for row in closed)


def test_some_issues_moved_between_teams_and_keep_their_old_identifiers(
    world: World, issues: Rows
) -> None:
    moved = [issue for issue in issues if issue["previousIdentifiers"]]
    assert moved
    for issue in moved:
        assert issue["identifier"] not in issue["previousIdentifiers"]
        history = world.linear.issue_history[issue["id"]]
        assert any("fromTeamId" in row and "toTeamId" in row for row in history)


def test_some_issues_are_archived_trashed_closed_by_linear_or_snoozed(
    issues: Rows,
) -> None:
    for key in ("archivedAt", "autoArchivedAt", "trashed", "autoClosedAt"):
        assert any(key in issue for issue in issues), key


def test_what_the_schema_allows_to_be_null_is_null_somewhere_and_set_elsewhere(
    world: World, issues: Rows, assert_sometimes_null: Check
) -> None:
    linear = world.linear
    nullable: dict[str, tuple[Rows, tuple[str, ...]]] = {
        "Issue": (
            issues,
            ("creatorId", "assigneeId", "description", "estimate", "dueDate", "cycleId",
             "projectId", "projectMilestoneId", "parentId", "startedAt", "completedAt",
             "canceledAt", "triagedAt", "startedTriageAt", "addedToCycleAt",
             "slaBreachesAt", "integrationSourceType", "addedToTeamAt"),
        ),
        "Comment": (
            list(linear.comments.values()),
            ("issueId", "userId", "parentId", "editedAt", "resolvedAt", "projectId"),
        ),
        "User": (list(linear.users.values()), ("gitHubUserId", "timezone", "title")),
        "Project": (
            list(linear.projects.values()),
            ("leadId", "startDate", "completedAt", "canceledAt", "health"),
        ),
        "ProjectMilestone": (
            list(linear.project_milestones.values()),
            ("targetDate",),
        ),
        "Cycle": (list(linear.cycles.values()), ("name", "completedAt", "archivedAt")),
        "Initiative": (list(linear.initiatives.values()), ("ownerId", "description")),
        "IssueLabel": (
            list(linear.issue_labels.values()),
            ("teamId", "parentId", "archivedAt"),
        ),
        "Attachment": (
            list(linear.attachments.values()),
            ("sourceType", "creatorId", "subtitle"),
        ),
        "IssueHistory": (
            [row for rows in linear.issue_history.values() for row in rows],
            ("actorId", "botActor", "fromAssigneeId", "addedLabelIds", "fromTitle",
             "updatedDescription", "relationChanges", "attachmentId", "toParentId"),
        ),
    }  # fmt: skip
    for name, (rows, keys) in nullable.items():
        assert_sometimes_null(name, rows, keys)


def test_more_issues_than_fit_on_a_page_were_edited_on_one_millisecond(
    world: World, issues: Rows
) -> None:
    assert max(Counter(row["updatedAt"] for row in issues).values()) > 250
    entries = Counter(
        row["createdAt"]
        for rows in world.linear.issue_history.values()
        for row in rows
        if "toPriority" in row
    )
    assert 280 <= max(entries.values()) <= 300


def test_texts_are_what_people_paste(issues: Rows) -> None:
    titles = " ".join(issue["title"] for issue in issues)
    assert "🚀" in titles
    assert re.search("[\u0590-\u06ff]", titles)
    assert "utf-8" in titles
    assert "SHA-256" in titles
    longest = max(len(issue.get("description", "").encode()) for issue in issues)
    assert 60_000 <= longest < 70_000


def test_every_kind_of_relation_exists(world: World) -> None:
    found = {row["type"] for row in world.linear.issue_relations.values()}
    assert found == {"blocks", "duplicate", "related", "similar"}

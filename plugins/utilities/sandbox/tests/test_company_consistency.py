"""What has to be true of the company's rows whatever happened in it."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.company import World, advance, generate

if TYPE_CHECKING:
    from collections.abc import Iterator

UNTIL = datetime(2026, 3, 31, 12, tzinfo=UTC)
NESTED = ("reviews", "comments", "commits", "timelineItems", "reviewThreads")
WRONG_CLOCK = "2099-01-01T00:00:00Z"  # of the one commit with a wrong date
CLOSED = {"completed", "canceled", "duplicate"}


@pytest.fixture(scope="module")
def world() -> World:
    """A company that was founded, and has worked on for a week."""
    world = generate(until=UNTIL)
    advance(world, timedelta(days=7))
    return world


def linear_tables(world: World) -> dict[str, dict[str, dict[str, Any]]]:
    names = type(world.linear).__slots__
    tables = {name: getattr(world.linear, name) for name in names}
    for other in ("organization", "issue_history", "issue_state_spans"):
        del tables[other]
    return tables


def stamps(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if isinstance(inner, str) and key.endswith(("At", "Date")) and "T" in inner:
                yield inner
            else:
                yield from stamps(inner)
    elif not isinstance(value, (str, bytes)) and hasattr(value, "__iter__"):
        for inner in value:
            yield from stamps(inner)


def test_nothing_has_happened_after_now(world: World) -> None:
    now = f"{world.now:%Y-%m-%dT%H:%M:%S}"
    planned = {"startsAt", "endsAt", "slaBreachesAt", "snoozedUntilAt"}
    for name, table in linear_tables(world).items():
        for row in table.values():
            past = {key: value for key, value in row.items() if key not in planned}
            assert max(stamps(past))[:19] <= now, (name, row)
    for rows in (
        *world.linear.issue_history.values(),
        *world.linear.issue_state_spans.values(),
    ):
        assert max(stamps(rows), default="")[:19] <= now
    for pull in world.github.pull_requests.values():
        known = [stamp for stamp in stamps(pull) if stamp != WRONG_CLOCK]
        assert max(known)[:19] <= now, pull["number"]


def test_every_id_is_unique(world: World) -> None:
    linear = Counter(key for table in linear_tables(world).values() for key in table)
    for rows in (
        *world.linear.issue_history.values(),
        *world.linear.issue_state_spans.values(),
    ):
        linear.update(row["id"] for row in rows)
    assert max(linear.values()) == 1
    github = Counter((*world.github.actors, *world.github.repositories))
    numbers: Counter[str] = Counter()
    for pull in world.github.pull_requests.values():
        children = [child for name in NESTED for child in pull[name]]
        children += [
            one for thread in pull["reviewThreads"] for one in thread["comments"]
        ]
        github.update(child["id"] for child in (pull, *children))
        numbers.update(
            one["fullDatabaseId"]
            for one in (pull, *children)
            if "fullDatabaseId" in one
        )
    assert max(github.values()) == 1
    assert max(numbers.values()) == 1


@pytest.mark.parametrize(
    ("key", "table"),
    [
        ("teamId", "teams"),
        ("stateId", "workflow_states"),
        ("creatorId", "users"),
        ("assigneeId", "users"),
        ("userId", "users"),
        ("resolvingUserId", "users"),
        ("leadId", "users"),
        ("issueId", "issues"),
        ("relatedIssueId", "issues"),
        ("cycleId", "cycles"),
        ("projectId", "projects"),
        ("projectMilestoneId", "project_milestones"),
        ("labelIds", "issue_labels"),
        ("teamIds", "teams"),
        ("memberIds", "users"),
    ],
)
def test_every_reference_in_linear_has_its_row(
    world: World, key: str, table: str
) -> None:
    target = getattr(world.linear, table)
    found = 0
    for name, rows in linear_tables(world).items():
        for row in rows.values():
            held = row.get(key)
            for one in held if isinstance(held, list) else [held] if held else []:
                found += 1
                assert one in target, (name, row)
    assert found


def test_every_reference_in_github_has_its_row(world: World) -> None:
    github = world.github
    keys = ("authorId", "mergedById", "actorId", "requestedReviewerId", "resolvedById")
    for pull in github.pull_requests.values():
        assert pull["repositoryId"] in github.repositories
        reviews = {review["id"] for review in pull["reviews"]}
        rows = [pull, *(child for name in NESTED for child in pull[name])]
        for thread in pull["reviewThreads"]:
            rows += thread["comments"]
            first = thread["comments"][0]["id"]
            assert {one["pullRequestReviewId"] for one in thread["comments"]} <= reviews
            assert {one.get("replyToId", first) for one in thread["comments"]} == {
                first
            }
        for row in rows:
            for key in keys:
                known = row.get(key) in github.actors or (
                    key == "requestedReviewerId" and row.get(key) in github.teams
                )
                assert row.get(key) is None or known, row


def test_an_issue_s_state_spans_follow_one_another_to_its_state(world: World) -> None:
    linear = world.linear
    for key, issue in linear.issues.items():
        spans = linear.issue_state_spans[key]
        assert spans[0]["startedAt"] == issue["createdAt"]
        assert spans[-1]["stateId"] == issue["stateId"]
        assert "endedAt" not in spans[-1]
        for before, after in pairwise(spans):
            assert before["startedAt"] <= before["endedAt"] == after["startedAt"]


def test_an_issue_s_history_tells_the_same_as_its_state_spans(world: World) -> None:
    linear = world.linear
    for key in linear.issues:
        changes = [
            row for row in reversed(linear.issue_history[key]) if "toStateId" in row
        ]
        spans = linear.issue_state_spans[key]
        assert [(row["toStateId"], row["createdAt"]) for row in changes] == [
            (span["stateId"], span["startedAt"]) for span in spans[1:]
        ]
        assert [row["fromStateId"] for row in changes] == [
            span["stateId"] for span in spans[:-1]
        ]


def test_history_is_newest_first(world: World) -> None:
    for rows in world.linear.issue_history.values():
        moments = [row["createdAt"] for row in rows]
        assert moments == sorted(moments, reverse=True)


def test_an_issue_s_timestamps_are_those_of_its_state(world: World) -> None:
    linear = world.linear
    kinds = {key: state["type"] for key, state in linear.workflow_states.items()}
    for key, issue in linear.issues.items():
        kind = kinds[issue["stateId"]]
        entered = linear.issue_state_spans[key][-1]["startedAt"]
        expected = {"completed": ("completedAt",), "canceled": ("canceledAt",)}.get(
            kind, ()
        )
        for name in expected:
            assert issue[name] == entered
        assert ("completedAt" in issue) == (kind == "completed")
        assert ("canceledAt" in issue) == (kind in CLOSED - {"completed"})
        starts = [
            span["startedAt"]
            for span in linear.issue_state_spans[key]
            if kinds[span["stateId"]] == "started"
        ]
        assert issue.get("startedAt") == (starts[0] if starts else None)


def test_a_state_belongs_to_the_issue_s_team_and_the_identifier_names_the_team(
    world: World,
) -> None:
    linear = world.linear
    for issue in linear.issues.values():
        assert linear.workflow_states[issue["stateId"]]["teamId"] == issue["teamId"]
        key = linear.teams[issue["teamId"]]["key"]
        assert issue["identifier"] == f"{key}-{issue['number']:.0f}"
    identifiers = Counter(issue["identifier"] for issue in linear.issues.values())
    assert max(identifiers.values()) == 1


def test_archiving_does_not_move_updated_at(world: World) -> None:
    archived = [row for row in world.linear.issues.values() if "archivedAt" in row]
    assert archived
    assert all(
        row["updatedAt"] < row["archivedAt"] for row in archived if "trashed" not in row
    )


def test_a_cycle_s_history_has_a_value_a_day_and_its_parts_fit_into_the_scope(
    world: World,
) -> None:
    closed = [cycle for cycle in world.linear.cycles.values() if cycle["isPast"]]
    assert closed
    for cycle in closed:
        lengths = {len(cycle[name]) for name in cycle if name.endswith("History")}
        assert lengths == {14}
        parts = zip(
            cycle["scopeHistory"],
            cycle["completedScopeHistory"],
            cycle["inProgressScopeHistory"],
            strict=True,
        )
        assert all(done + doing <= scope for scope, done, doing in parts)
    assert (
        sum(cycle["scopeHistory"][-1] > cycle["scopeHistory"][0] for cycle in closed)
        > len(closed) / 2
    )


def test_a_team_with_cycles_has_one_active_one_next_and_no_gap(world: World) -> None:
    for team in world.linear.teams.values():
        cycles = [
            row for row in world.linear.cycles.values() if row["teamId"] == team["id"]
        ]
        assert bool(cycles) == team["cyclesEnabled"]
        if not cycles:
            continue
        cycles.sort(key=lambda row: row["number"])
        now = world.now.isoformat()
        active = [row for row in cycles if row["isActive"]]
        assert [row["startsAt"] <= now < row["endsAt"] for row in active] == [True]
        assert sum(row["isNext"] for row in cycles) == 1
        assert sum(row["isPrevious"] for row in cycles) == 1
        for before, after in pairwise(cycles):
            assert before["endsAt"] == after["startsAt"]


def test_what_a_cycle_left_undone_was_not_finished_when_it_closed(world: World) -> None:
    linear = world.linear
    seen = 0
    for cycle in linear.cycles.values():
        for key in cycle["uncompletedIssuesUponCloseIds"]:
            done = (
                linear.issues[key].get("completedAt") if key in linear.issues else None
            )
            assert done is None or done >= cycle["completedAt"]
            seen += 1
    assert seen


def test_a_pull_request_adds_up(world: World) -> None:
    for pull in world.github.pull_requests.values():
        assert pull["changedFiles"] == len(pull["files"])
        assert pull["additions"] == sum(row["additions"] for row in pull["files"])
        assert pull["deletions"] == sum(row["deletions"] for row in pull["files"])
        said = sum(len(thread["comments"]) for thread in pull["reviewThreads"])
        assert pull["totalCommentsCount"] == said + len(pull["comments"])
        assert pull["headRefOid"] == pull["commits"][-1]["commit"]["oid"]


def test_a_pull_request_s_state_is_that_of_its_timestamps_and_events(
    world: World,
) -> None:
    for pull in world.github.pull_requests.values():
        kinds = Counter(row["__typename"] for row in pull["timelineItems"])
        merged = pull["state"] == "MERGED"
        assert (
            merged
            == pull["merged"]
            == ("mergedAt" in pull)
            == (kinds["MergedEvent"] == 1)
        )
        assert (pull["state"] != "OPEN") == pull["closed"] == ("closedAt" in pull)
        assert kinds["ClosedEvent"] - kinds["ReopenedEvent"] == pull["closed"]


def test_any_activity_has_moved_a_pull_request_s_updated_at(world: World) -> None:
    for pull in world.github.pull_requests.values():
        children = [
            child
            for name in ("reviews", "comments", "timelineItems")
            for child in pull[name]
        ]
        children += [
            one for thread in pull["reviewThreads"] for one in thread["comments"]
        ]
        newest = max(
            (child["createdAt"] for child in children), default=pull["createdAt"]
        )
        assert pull["createdAt"] <= newest <= pull["updatedAt"]


def test_merged_work_is_on_the_default_branch(world: World) -> None:
    branches = {
        key: {commit["oid"] for commit in row["commits"]}
        for key, row in world.github.repositories.items()
    }
    merged = [pull for pull in world.github.pull_requests.values() if pull["merged"]]
    assert merged
    assert all(
        pull["mergeCommit"]["oid"] in branches[pull["repositoryId"]] for pull in merged
    )


def test_the_default_branch_is_newest_first_by_the_time_of_arrival(
    world: World,
) -> None:
    for repository in world.github.repositories.values():
        oids = [commit["oid"] for commit in repository["commits"]]
        assert len(oids) == len(set(oids))
        if oids:
            assert repository["commits"][-1]["parents"] == []
            assert not repository["isEmpty"]


def test_every_commit_of_the_default_branch_is_reached_by_parents_listed_after_it(
    world: World,
) -> None:
    """What reads a branch from its head until it meets what it knows reads all."""
    for repository in world.github.repositories.values():
        reachable = {commit["oid"] for commit in repository["commits"][:1]}
        listed: set[str] = set()
        for commit in repository["commits"]:
            assert commit["oid"] in reachable
            assert listed.isdisjoint(commit["parents"])
            listed.add(commit["oid"])
            reachable.update(commit["parents"])
        assert reachable == listed


def test_a_pull_request_s_commits_follow_one_another_from_the_default_branch(
    world: World,
) -> None:
    github = world.github
    branches = {
        key: {commit["oid"] for commit in row["commits"]}
        for key, row in github.repositories.items()
    }
    for pull in github.pull_requests.values():
        commits = [entry["commit"] for entry in pull["commits"]]
        main = branches[pull["repositoryId"]]
        assert set(commits[0]["parents"]) <= main
        for before, commit in pairwise(commits):
            assert commit["parents"][0] == before["oid"]
            assert set(commit["parents"][1:]) <= main

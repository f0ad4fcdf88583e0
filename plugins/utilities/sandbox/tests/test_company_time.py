"""Time in the company: the same again for the same seed, and always forward."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.company import (
    EVENTS,
    NotFoundError,
    World,
    advance,
    archive_issue,
    delete_comment,
    delete_issue,
    delete_issue_comment,
    edit_comment,
    edit_review_comment,
    generate,
    move_issue,
    rename_repository,
    reopen_issue,
    suspend_user,
    trash_issue,
    unarchive_issue,
)

if TYPE_CHECKING:
    from collections.abc import Callable

UNTIL = datetime(2026, 3, 31, 12, tzinfo=UTC)
WEEK = timedelta(days=7)


def young(seed: int = 7) -> World:
    return generate(150, seed, UNTIL)


@pytest.fixture
def world() -> World:
    return young()


@pytest.fixture(scope="module")
def settled() -> World:
    """A company to which nothing happens."""
    return young()


def everything(world: World) -> str:
    sides = (world.linear, world.github)
    tables = {
        f"{type(side).__name__}.{name}": getattr(side, name)
        for side in sides
        for name in type(side).__slots__
    }
    return json.dumps([world.now.isoformat(), tables], default=list)


def updated(world: World) -> dict[str, str]:
    linear = world.linear
    tables = (
        linear.issues, linear.comments, linear.cycles, linear.projects,
        linear.attachments, linear.users, world.github.pull_requests,
    )  # fmt: skip
    return {key: row["updatedAt"] for table in tables for key, row in table.items()}


def contents(world: World) -> dict[str, str]:
    hidden = {"archivedAt", "autoArchivedAt", "trashed", "snoozedUntilAt"}
    tables = (world.linear.issues, world.linear.comments, world.github.pull_requests)
    return {
        key: json.dumps(
            {name: row[name] for name in row if name not in hidden}, default=list
        )
        for table in tables
        for key, row in table.items()
    }


# Generation ------------------------------------------------------------------------


def test_the_same_seed_size_and_day_make_the_same_company() -> None:
    assert everything(young()) == everything(young())


def test_another_seed_makes_another_company() -> None:
    assert everything(young(7)) != everything(young(8))


def test_until_may_be_said_in_any_time_zone() -> None:
    berlin = UNTIL.astimezone(timezone(timedelta(hours=2)))
    assert everything(generate(50, 7, berlin)) == everything(generate(50, 7, UNTIL))


def test_a_company_ends_today_unless_told_otherwise() -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    assert before <= generate(20).now <= datetime.now(UTC)


@pytest.mark.parametrize("size", [1, 2, 10, 75])
def test_a_company_may_be_tiny(size: int) -> None:
    world = generate(size, 7, UNTIL)
    assert 0 < len(world.linear.issues) <= size
    advance(world, WEEK)


# Advance ---------------------------------------------------------------------------


def test_a_week_s_work_is_the_same_each_time() -> None:
    worlds = young(), young()
    for world in worlds:
        advance(world, WEEK)
    assert everything(worlds[0]) == everything(worlds[1])


def test_seven_days_are_a_week(world: World) -> None:
    other = young()
    advance(world, WEEK)
    for _ in range(7):
        advance(other, timedelta(days=1))
    assert everything(world) == everything(other)


def test_a_week_brings_new_issues_pull_requests_reviews_merges_and_transitions() -> (
    None
):
    world = generate(until=UNTIL)
    was = world.now.isoformat()[:19]
    advance(world, WEEK)
    assert world.now == UNTIL + WEEK
    linear, github = world.linear, world.github
    assert sum(row["createdAt"] > was for row in linear.issues.values()) > 10
    assert sum(row["createdAt"] > was for row in github.pull_requests.values()) > 5
    assert (
        sum(row.get("mergedAt", "") > was for row in github.pull_requests.values()) > 5
    )
    reviews = [row for pull in github.pull_requests.values() for row in pull["reviews"]]
    assert sum(row["submittedAt"] > was for row in reviews) > 10
    spans = [row for rows in linear.issue_state_spans.values() for row in rows]
    assert sum(row["startedAt"] > was for row in spans) > 20
    assert any(row["createdAt"] > was for row in linear.comments.values())
    assert any(
        row["createdAt"] > was for rows in linear.issue_history.values() for row in rows
    )


def test_what_was_touched_is_newer_than_before_and_the_rest_is_as_it_was(
    world: World,
) -> None:
    before, stamps = contents(world), updated(world)
    was = world.now.isoformat()[:19]
    advance(world, WEEK)
    after, now = contents(world), updated(world)
    touched = {key for key, text in after.items() if before.get(key) != text}
    assert touched
    assert min(now[key] for key in touched) > was
    untouched = after.keys() - touched
    assert untouched
    assert all(now[key] == stamps[key] for key in untouched)


def test_a_world_at_rest_for_no_time_is_unchanged(world: World) -> None:
    before = everything(world)
    advance(world, timedelta())
    assert everything(world) == before


def test_time_does_not_run_backwards(world: World) -> None:
    with pytest.raises(ValueError, match="only moves forward"):
        advance(world, -WEEK)


def test_recordings_do_not_move_on(world: World) -> None:
    recorded = World(world.now, world.linear, world.github)
    with pytest.raises(ValueError, match="Recordings do not move on"):
        advance(recorded, WEEK)


def test_a_year_later_the_company_still_works() -> None:
    world = generate(60, 7, UNTIL)
    for _ in range(12):
        advance(world, timedelta(days=30))
    newest = max(row["createdAt"] for row in world.github.pull_requests.values())
    assert newest > (world.now - timedelta(days=30)).isoformat()


# One event at a time ---------------------------------------------------------------


def an_issue(world: World, *, is_open: bool = True) -> dict[str, Any]:
    assert world.simulation is not None
    works = world.simulation.works
    return next(
        row
        for row in reversed(world.linear.issues.values())
        if (row["id"] in works) == is_open and "archivedAt" not in row
    )


def test_archiving_an_issue_hides_it_and_leaves_its_updated_at(world: World) -> None:
    issue = an_issue(world)
    was = issue["updatedAt"]
    archive_issue(world, issue["identifier"].lower())
    assert issue["archivedAt"][:19] == world.now.isoformat()[:19]
    assert issue["updatedAt"] == was
    unarchive_issue(world, issue["identifier"])
    assert "archivedAt" not in issue


def test_trashing_an_issue_hides_it_and_says_so(world: World) -> None:
    issue = an_issue(world)
    trash_issue(world, issue["identifier"])
    assert issue["trashed"] is True
    assert "archivedAt" in issue


@pytest.mark.parametrize("is_open", [True, False])
def test_an_issue_deleted_for_good_leaves_no_trace(
    world: World, *, is_open: bool
) -> None:
    issue = an_issue(world, is_open=is_open)
    key = issue["id"]
    delete_issue(world, issue["identifier"])
    assert key not in everything(world)
    advance(world, 4 * WEEK)
    assert key not in everything(world)


@pytest.mark.parametrize("event", [archive_issue, trash_issue])
def test_nobody_works_on_an_issue_that_was_hidden(
    world: World, event: Callable[..., object]
) -> None:
    issue = an_issue(world)
    event(world, issue["identifier"])
    was = json.dumps(issue)
    advance(world, 12 * WEEK)
    assert json.dumps(issue) == was


def test_an_issue_of_an_active_cycle_can_be_deleted(world: World) -> None:
    active = {key for key, row in world.linear.cycles.items() if row["isActive"]}
    issue = next(
        row for row in world.linear.issues.values() if row.get("cycleId") in active
    )
    delete_issue(world, issue["identifier"])
    advance(world, 3 * WEEK)
    assert issue["id"] not in everything(world)


@pytest.mark.parametrize("is_open", [True, False])
def test_an_issue_moved_to_another_team_has_a_new_identifier(
    world: World, *, is_open: bool
) -> None:
    issue = an_issue(world, is_open=is_open)
    before, was = issue["identifier"], world.now.isoformat()[:19]
    team = next(
        row for row in world.linear.teams.values() if row["id"] != issue["teamId"]
    )
    now = move_issue(world, before, team["key"])
    assert now == issue["identifier"] != before
    assert issue["teamId"] == team["id"]
    assert before in issue["previousIdentifiers"]
    assert issue["updatedAt"] > was
    history = world.linear.issue_history[issue["id"]]
    assert any(row.get("toTeamId") == team["id"] for row in history)
    advance(world, 3 * WEEK)


def test_reopening_a_closed_issue_starts_a_new_span(world: World) -> None:
    issue = an_issue(world, is_open=False)
    spans = len(world.linear.issue_state_spans[issue["id"]])
    reopen_issue(world, issue["identifier"])
    assert len(world.linear.issue_state_spans[issue["id"]]) == spans + 1
    assert "completedAt" not in issue
    with pytest.raises(ValueError, match="is open"):
        reopen_issue(world, issue["identifier"])


def test_editing_a_comment_moves_its_updated_at(world: World) -> None:
    key, comment = next(iter(world.linear.comments.items()))
    was = world.now.isoformat()[:19]
    edit_comment(world, key, "Never mind.")
    assert comment["body"] == "Never mind."
    assert comment["updatedAt"] == comment["editedAt"] > was
    delete_comment(world, key)
    assert key not in world.linear.comments


def a_remark(world: World, state: str) -> tuple[dict[str, Any], str]:
    return next(
        (pull, thread["comments"][0]["id"])
        for pull in world.github.pull_requests.values()
        for thread in pull["reviewThreads"]
        if pull["state"] == state
    )


def test_editing_a_review_comment_does_not_move_its_pull_request(world: World) -> None:
    pull, key = a_remark(world, "MERGED")
    was = pull["updatedAt"]
    edit_review_comment(world, key, "Never mind.")
    found = [one for thread in pull["reviewThreads"] for one in thread["comments"]]
    edited = next(one for one in found if one["id"] == key)
    assert edited["body"] == "Never mind."
    assert edited["updatedAt"] > was == pull["updatedAt"]


def test_a_deleted_conversation_comment_does_not_move_its_pull_request(
    world: World,
) -> None:
    pull = next(row for row in world.github.pull_requests.values() if row["comments"])
    was, count, key = (
        pull["updatedAt"],
        len(pull["comments"]),
        pull["comments"][0]["id"],
    )
    delete_issue_comment(world, key)
    assert len(pull["comments"]) == count - 1
    assert pull["updatedAt"] == was


def test_a_renamed_repository_remembers_its_old_name(world: World) -> None:
    row = next(row for row in world.github.repositories.values() if row["commits"])
    before = row["nameWithOwner"]
    rename_repository(world, before, "shiny")
    assert row["nameWithOwner"] == "lanternworks/shiny"
    assert row["url"] == "https://github.com/lanternworks/shiny"
    assert before in row["previousNames"]


def test_a_suspended_user_is_no_longer_active(world: World) -> None:
    row = next(row for row in world.linear.users.values() if row["active"])
    suspend_user(world, row["email"])
    assert row["active"] is False


@pytest.mark.parametrize(
    ("event", "arguments"),
    [
        (archive_issue, ["NOPE-1"]),
        (unarchive_issue, ["NOPE-1"]),
        (trash_issue, ["NOPE-1"]),
        (delete_issue, ["NOPE-1"]),
        (reopen_issue, ["NOPE-1"]),
        (move_issue, ["NOPE-1", "PLA"]),
        (edit_comment, ["nope", "x"]),
        (delete_comment, ["nope"]),
        (edit_review_comment, ["nope", "x"]),
        (delete_issue_comment, ["nope"]),
        (rename_repository, ["nope/nope", "x"]),
        (suspend_user, ["nope@example.com"]),
    ],
)
def test_an_event_names_in_one_line_what_it_does_not_find(
    settled: World, event: Callable[..., object], arguments: list[str]
) -> None:
    was = settled.now
    with pytest.raises(NotFoundError, match=r"^There is no .+ in this world\.$"):
        event(settled, *arguments)
    assert settled.now == was


def test_every_event_has_the_name_of_its_function() -> None:
    assert EVENTS["archive-issue"] is archive_issue
    assert Counter(map(len, EVENTS)).total() == 12

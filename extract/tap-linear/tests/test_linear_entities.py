"""Streams that are read whole, and what cycles, projects and initiatives hold."""

# ruff: noqa: ANN401 - conftest cannot be imported, so its fixtures have no names here
from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest


def test_small_entities_are_whole_and_their_version_comes_after_the_last_row(
    workspace: Any, run: Any
) -> None:
    for number in range(2, 8):
        workspace.team(number, f"T{number}")
    out = run().sync()
    about = [one for one in out.messages if one.get("stream") == "teams"]
    kinds = [one["type"] for one in about]
    assert kinds == ["SCHEMA", *["RECORD"] * 7, "ACTIVATE_VERSION"]
    assert len({one["version"] for one in about[1:]}) == 1


def test_incremental_streams_have_no_version(workspace: Any, run: Any) -> None:
    workspace.issue(1, 1)
    out = run().sync()
    versions = {
        one["stream"] for one in out.messages if one["type"] == "ACTIVATE_VERSION"
    }
    assert not versions & {
        "issues", "comments", "attachments", "issue_history", "issue_state_spans",
    }  # fmt: skip
    assert all(
        "version" not in one for one in out.messages if one.get("stream") == "issues"
    )


@pytest.mark.parametrize("stream", ["comments", "attachments", "issues"])
def test_an_incremental_stream_is_read_whole_where_the_catalog_says_so(
    stream: str, workspace: Any, run: Any
) -> None:
    for number in range(5):
        workspace.issue(number, number)
        workspace.comment(number, number, number)
        workspace.attachment(number, number, number)
    state = run().sync().states[-1]
    for table in {stream, "comments", "attachments"}:  # what refers goes along
        getattr(workspace.rows, table).popitem()
    whole = run(state)
    whole.tap.streams[stream].forced_replication_method = "FULL_TABLE"
    out = whole.sync()
    about = [one for one in out.messages if one.get("stream") == stream]
    assert len(out.ids(stream)) == 4
    assert about[-1]["type"] == "ACTIVATE_VERSION"
    assert {one["version"] for one in about[1:]} == {about[-1]["version"]}
    # The bookmark is still there for a run that is incremental again.
    assert set(out.states[-1]["bookmarks"]) >= {"comments", "attachments", "issues"}
    again = run(out.states[-1]).sync()
    assert "ACTIVATE_VERSION" not in {
        one["type"] for one in again.messages if one.get("stream") == stream
    }


def test_the_index_shows_an_issue_that_was_deleted_for_good(
    workspace: Any, run: Any
) -> None:
    issues = [workspace.issue(number, number) for number in range(3)]
    select = lambda stream, *_: stream == "issue_index"  # noqa: E731
    before = set(run(None, select).sync().ids("issue_index"))
    workspace.rows.issues.pop(issues[1])
    after = set(run(None, select).sync().ids("issue_index"))
    assert before - after == {issues[1]}


def carried(out: Any) -> dict[str, set[str]]:
    """Issues by the cycle that left them undone."""
    found: dict[str, set[str]] = {}
    for record in out.records("cycle_uncompleted_issues"):
        found.setdefault(record["cycle_id"], set()).add(record["issue_id"])
    return found


def test_every_issue_that_a_cycle_left_undone_is_read(
    workspace: Any, run: Any, requests: Any
) -> None:
    issues = [workspace.issue(number, number) for number in range(400)]
    left = {
        workspace.cycle(number, 500, issues[:count]): set(issues[:count])
        for number, count in ((1, 3), (2, 10), (3, 11), (4, 400))
    }
    workspace.cycle(5, 600, [])
    requests()
    out = run().sync()
    assert carried(out) == left
    assert len(out.records("cycle_uncompleted_issues")) == 3 + 10 + 11 + 400
    asked = requests()
    assert asked["CycleUncompletedIssues"] == 1
    # The three full lists continue in one request, the longest one in another.
    assert asked["CyclesContinued"] == 2


def test_what_a_cycle_left_undone_is_read_once(
    workspace: Any, run: Any, requests: Any
) -> None:
    issues = [workspace.issue(number, number) for number in range(40)]
    for number in range(6):
        workspace.cycle(number, 500 + number, issues)
    state = run().sync().states[-1]
    requests()
    out = run(state).sync()
    assert carried(out) == {}
    asked = requests()
    assert asked["CycleUncompletedIssues"] == 1
    assert asked["CyclesContinued"] == 0

    closed = workspace.cycle(7, 505, issues[:2])  # on the bookmark itself
    edited = workspace.cycle(5, 506, issues[:3])
    late = workspace.cycle(8, 450, issues[:1])  # it appeared within the lookback
    out = run(out.states[-1]).sync()
    assert carried(out) == {
        closed: set(issues[:2]), edited: set(issues[:3]), late: set(issues[:1]),
    }  # fmt: skip
    assert carried(run(out.states[-1]).sync()) == {}


def test_every_team_of_a_project_is_read(
    workspace: Any, run: Any, requests: Any
) -> None:
    teams = [workspace.team(number, f"T{number}") for number in range(2, 40)]
    wanted = {}
    for number, count in enumerate((0, 1, 12, 13, 14, 38)):
        key = str(UUID(int=number + 1))
        wanted[key] = set(teams[:count])
        workspace.add("projects", key, state="started", teamIds=teams[:count])
    requests()
    out = run().sync()
    found = {row["id"]: row["team_ids"] for row in out.records("projects")}
    assert {key: set(ids) for key, ids in found.items()} == wanted
    assert {key: len(ids) for key, ids in found.items()} == {
        key: len(ids) for key, ids in wanted.items()
    }
    asked = requests()
    # Lists that fill the page are read again, all in one request.
    assert (asked["Projects"], asked["ProjectsContinued"]) == (1, 1)


def test_projects_and_initiatives_are_joined_by_pairs(workspace: Any, run: Any) -> None:
    projects = [str(UUID(int=number)) for number in range(1, 13)]
    for key in projects:
        workspace.add("projects", key, state="started", teamIds=[])
    initiative = str(UUID(int=99))
    workspace.add("initiatives", initiative, projectIds=projects)
    name = "initiative_to_projects"
    out = run().sync()
    pairs = out.records(name)
    assert [pair["initiative_id"] for pair in pairs] == [initiative] * 12
    assert {pair["project_id"] for pair in pairs} == set(projects)

    workspace.rows.initiatives[initiative]["projectIds"] = projects[:5]
    out = run(out.states[-1]).sync()
    assert len(out.ids(name)) == 5
    written = [one for one in out.messages if one.get("stream") == name]
    assert written[-1]["type"] == "ACTIVATE_VERSION"

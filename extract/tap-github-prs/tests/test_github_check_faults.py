"""check_suites: what a refusal, a kill, a gap and another server do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from graphql import GraphQLError
from handmade_checks import (
    ALL,
    COLUMNS,
    Checked,
    ids,
    now,
    oid,
    run,
    suite,
    three_of_each,
)

from tap_github_prs.common.errors import SettingsError
from tap_github_prs.documents.documents import Documents

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Reader
    from handmade import Host

    Serve = Callable[[Host], Reader]


@pytest.fixture
def checked(host: Host) -> Checked:
    return three_of_each(host)


@pytest.fixture
def reader(checked: Checked, serve: Serve) -> Reader:
    return serve(checked.host)


@pytest.fixture
def columns(select: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    return select(**COLUMNS)


@pytest.mark.parametrize("die_at", range(3, 30, 9))
def test_killed_at_any_message_and_resumed_every_suite_is_there(
    die_at: int, host: Host, serve: Serve, columns: dict[str, Any]
) -> None:
    for name in ("one", "two"):
        checked = Checked(host, name)
        for n in range(1, 6):
            checked.push(n, suite(f"{name} push{n}"))
            checked.propose(10 + n, suite(f"{name} pull{n}"))
    reader = serve(host)
    whole = reader.run(catalog=columns)

    killed = reader.run(catalog=columns, die_at=die_at)
    state = killed.state if killed.states else None
    resumed = reader.run(state, catalog=columns)

    assert len(ids(whole)) == 20
    assert {*ids(killed), *ids(resumed)} == set(ids(whole))


@pytest.mark.parametrize(
    ("match", "field"),
    [
        ("ListHead", "checkSuites"),
        ("ListHead", "commits"),
        ("ListBranch", "checkSuites"),
        ("ListBranch", "history"),
        ("Hydrate", "checkRuns"),
    ],
)
def test_what_is_refused_is_requested_again_by_the_next_run(
    match: str, field: str, reader: Reader, columns: dict[str, Any]
) -> None:
    reader.server.fault(
        "null-children", "github", field=field, match=match, code="FORBIDDEN"
    )

    output = reader.fail("check suites of ada/one", catalog=columns)
    reader.server.clear_faults()
    then = reader.run(output.state, catalog=columns)
    last = reader.run(then.state, catalog=columns)

    assert set(ids(output)) < set(ALL)
    assert {*ids(output), *ids(then)} == set(ALL)
    assert ids(last) == []


def test_a_token_without_permission_for_checks_ends_no_run(
    reader: Reader,
    columns: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    schema = reader.server._sandbox.graphql.engine.schema
    field = schema.type_map["Commit"].fields["checkSuites"]

    def refuse(*_: object, **__: object) -> None:
        message = "Resource not accessible by personal access token"
        raise GraphQLError(message, extensions={"type": "FORBIDDEN"})

    monkeypatch.setattr(field, "resolve", refuse)
    output = reader.run(catalog=columns)
    monkeypatch.undo()
    then = reader.run(output.state, catalog=columns)
    monkeypatch.setattr(field, "resolve", refuse)
    lost = reader.fail("check suites of ada/one", then.state, catalog=columns)
    monkeypatch.undo()
    last = reader.run(lost.state, catalog=columns)

    assert "The check_suites of ada/one are not read: FORBIDDEN" in caplog.text
    assert "deselect the stream check_suites" in caplog.text
    assert output.records["repositories"]
    assert ids(then) == ALL
    assert (ids(lost), ids(last)) == ([], [])


def test_a_server_without_check_suites_stops_only_this_stream(
    reader: Reader, columns: dict[str, Any]
) -> None:
    reader.server.remove("Commit.checkSuites")

    output = reader.fail("stream check_suites", catalog=columns)

    assert output.records["repositories"]
    assert not output.records["check_suites"]


def test_a_server_without_workflows_leaves_out_their_columns(
    reader: Reader, columns: dict[str, Any]
) -> None:
    reader.server.remove("CheckSuite.workflowRun")

    output = reader.run(catalog=columns)

    assert ids(output) == ALL
    assert "workflow_name" not in output.records["check_suites"][0]
    assert "app_name" in output.records["check_suites"][0]


def test_runs_that_are_not_selected_are_not_requested(
    reader: Reader, select: Callable[..., dict[str, Any]]
) -> None:
    output = reader.run(catalog=select(check_suites=["node_id", "conclusion"]))

    assert ids(output) == ALL
    rows = output.records["check_suites"]
    assert all(row.keys() == {"node_id", "conclusion", "updated_at"} for row in rows)
    text = Documents({"check_suites": ["conclusion"]}).text("HydrateCheckSuites")
    assert "checkRuns" not in text


def test_a_commit_that_nobody_has_checked_has_no_row(
    checked: Checked, reader: Reader, columns: dict[str, Any]
) -> None:
    for rows in checked.suites.values():
        rows.clear()
    reader.server.refresh()

    first = reader.run(catalog=columns)

    assert ids(first) == ids(reader.run(first.state, catalog=columns)) == []


@pytest.mark.parametrize("operation", ["MoreCheckSuites", "MoreCheckRuns"])
def test_a_next_page_that_fails_is_read_by_the_next_run(
    operation: str, checked: Checked, reader: Reader, columns: dict[str, Any]
) -> None:
    many = [suite(f"matrix{n}") for n in range(60)]
    checked.suites[oid(12)] = many
    checked.suites[oid(2)][0]["runs"] = [run(f"job {n}") for n in range(120)]
    reader.server.refresh()
    reader.server.fault("server-error", "github", match=operation, count=0)
    output = reader.fail("check suites of ada/one", catalog=columns)
    reader.server.clear_faults()

    then = reader.run(output.state, catalog=columns)
    last = reader.run(then.state, catalog=columns)

    rows = output.records["check_suites"]
    where = oid(12) if operation == "MoreCheckSuites" else oid(2)
    assert not any(r["complete_listed_at"] for r in rows if r["commit_oid"] == where)
    assert len({*ids(output), *ids(then)}) == 65
    whole = [r for r in then.records["check_suites"] if r["commit_oid"] == where]
    assert sum(r["complete_listed_at"] is not None for r in whole) == 1
    assert ids(last) == []


def test_a_watched_commit_that_git_has_removed_is_forgotten(
    checked: Checked, reader: Reader, columns: dict[str, Any]
) -> None:
    checked.suites[oid(12)][0] |= {"conclusion": "FAILURE", "createdAt": now(days=1)}
    reader.server.refresh()
    first = reader.run(catalog=columns)
    for pull in checked.host.world.github.pull_requests.values():
        pull["commits"] = [one for one in pull["commits"] if one["id"] != "PRC_12"]
    reader.server.refresh()

    second = reader.run(first.state, catalog=columns)

    (before,) = first.state["bookmarks"]["check_suites"]["partitions"]
    (after,) = second.state["bookmarks"]["check_suites"]["partitions"]
    assert [one["oid"] for one in before["watched"]] == [oid(12)]
    assert "watched" not in after


def test_more_unread_commits_than_are_remembered_stop_the_bookmarks(
    host: Host, serve: Serve, columns: dict[str, Any]
) -> None:
    checked = Checked(host)
    for n in range(1, 121):
        checked.push(n, suite(f"push{n}"))
        checked.propose(200 + n, suite(f"pull{n}"))
    reader = serve(host)
    reader.server.fault(
        "null-children", "github", field="checkRuns", match="Hydrate", count=0
    )
    output = reader.fail("check suites of ada/one", catalog=columns)
    reader.server.clear_faults()

    then = reader.run(output.state, catalog=columns)
    last = reader.run(then.state, catalog=columns)

    assert len(ids(output)) < 240
    assert len({*ids(output), *ids(then)}) == 240
    assert ids(last) == []


def test_a_damaged_state_of_check_suites_ends_in_one_line(
    reader: Reader, columns: dict[str, Any]
) -> None:
    state = reader.run(catalog=columns).state
    (part,) = state["bookmarks"]["check_suites"]["partitions"]
    part["watched"] = [{"node_id": "C_1", "oid": 7, "suites": 1}]

    with pytest.raises(SettingsError, match="oid is 7, not text"):
        reader.run(state, catalog=columns)

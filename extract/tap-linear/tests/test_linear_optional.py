"""Releases, customers and agent sessions, which not every workspace has."""

# ruff: noqa: ANN401 - conftest cannot be imported, so its fixtures have no names here
from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from tap_linear.streams import STREAMS

if TYPE_CHECKING:
    from sandbox.testing import ApiServer

OPTIONAL = [stream.name for stream in STREAMS if stream.is_optional]
ROOTS = [
    f"Query.{name[0]}{''.join(word.capitalize() for word in name.split('_'))[1:]}"
    for name in OPTIONAL
]


@pytest.fixture
def full(workspace: Any) -> Any:
    """A workspace with a row of everything."""
    workspace.issue(1, 1)
    workspace.release(1, (1,))
    workspace.session(1, 1, 1)
    workspace.need(1, customerId=workspace.customer(1))
    return workspace


def about(out: Any, stream: str) -> list[str]:
    """The types of the messages about a stream."""
    return [one["type"] for one in out.messages if one.get("stream") == stream]


# --- a workspace without them -----------------------------------------------------


def test_a_workspace_whose_schema_lacks_the_lists_ends_well_and_says_so(
    full: Any, server: ApiServer, run: Any, caplog: pytest.LogCaptureFixture
) -> None:
    server.remove(*ROOTS, api="linear")
    out = run().sync()
    assert len(out.ids("issues")) == 1
    for name, root in zip(OPTIONAL, ROOTS, strict=True):
        assert f"{name} stays empty: Linear has no {root}" in caplog.text
        assert "RECORD" not in about(out, name)
        assert "ACTIVATE_VERSION" not in about(out, name)
    server.remove(api="linear")
    out = run(out.states[-1]).sync()
    assert all(out.ids(name) for name in OPTIONAL)
    assert full.rows.agent_sessions


def test_a_credential_that_may_not_read_the_lists_ends_well_and_says_so(
    full: Any, server: ApiServer, run: Any, caplog: pytest.LogCaptureFixture
) -> None:
    server.restrict(api="linear", refused=ROOTS)
    out = run().sync()
    assert len(out.ids("issues")) == len(full.rows.issues)
    for name in OPTIONAL:
        assert f"{name} stays empty: Linear does not allow this list" in caplog.text
        assert "ACTIVATE_VERSION" not in about(out, name)
    assert "give api_key or access_token access to it" in caplog.text


def test_a_plan_without_the_lists_ends_well_and_marks_nothing_as_deleted(
    full: Any, server: ApiServer, run: Any, caplog: pytest.LogCaptureFixture
) -> None:
    state = run().sync().states[-1]
    for root in ROOTS:
        name = root.removeprefix("Query.")
        server.fault("not-in-plan", "linear", match=name, count=0)
    # "customers" is also in the name of a column of the organization.
    skip = ("organization", "customers_enabled")
    out = run(state, lambda *where: where != skip).sync()
    assert len(full.rows.releases) == 1
    for name in OPTIONAL:
        assert f"{name} stays empty: Linear says Feature not" in caplog.text
        assert "ACTIVATE_VERSION" not in about(out, name)


@pytest.mark.parametrize("how", ["removed", "refused"])
def test_a_list_that_was_read_before_and_is_gone_now_fails_the_run(
    how: str, full: Any, server: ApiServer, run: Any
) -> None:
    state = run().sync().states[-1]
    if how == "removed":
        server.remove(*ROOTS, api="linear")
    else:
        server.restrict(api="linear", refused=ROOTS)
    less = run(state)
    lines = less.failing()
    for name in OPTIONAL:
        assert f"Error: {name}: Linear" in lines
        assert "ACTIVATE_VERSION" not in about(less.out, name)
    bookmarks = less.out.states[-1]["bookmarks"]
    assert bookmarks["agent_sessions"] == state["bookmarks"]["agent_sessions"]
    assert full.rows.customers


# --- releases ---------------------------------------------------------------------


def test_releases_are_read_to_the_end_archived_and_trashed_ones_too(
    workspace: Any, run: Any, requests: Any
) -> None:
    workspace.issue(1, 1)
    for number in range(300):
        workspace.release(number, (1,))
    workspace.release(300, archivedAt="2026-02-01T00:00:00.000Z", trashed=True)
    requests()
    out = run().sync()
    assert len(set(out.ids("releases"))) == 301
    assert len(set(out.ids("issue_to_releases"))) == 300
    asked = requests()
    assert (asked["Releases"], asked["IssueToReleases"]) == (2, 2)
    (last,) = [one for one in out.records("releases") if one["trashed"]]
    assert last["archived_at"] == "2026-02-01T00:00:00.000Z"
    assert last["issue_count"] == 0
    assert last["completed_at"] is None


def test_an_issue_that_leaves_a_release_is_not_in_the_new_version(
    workspace: Any, run: Any
) -> None:
    for number in (1, 2):
        workspace.issue(number, number)
    workspace.release(1, (1, 2))
    state = run().sync().states[-1]
    gone, _ = workspace.rows.issue_to_releases.popitem()
    workspace.rows.releases[workspace.release(2)]["name"] = "Later"
    out = run(state).sync()
    assert gone not in out.ids("issue_to_releases")
    assert len(out.ids("issue_to_releases")) == 1
    assert about(out, "issue_to_releases")[-1] == "ACTIVATE_VERSION"
    assert "Later" in {one["name"] for one in out.records("releases")}


def test_the_setting_teams_limits_the_issues_of_a_release_and_not_the_releases(
    workspace: Any, run: Any
) -> None:
    workspace.team(2, "OPS")
    for number in (1, 2):
        workspace.issue(number, number, team=number)
    workspace.release(1, (1, 2))
    out = run(teams=["OPS"]).sync()
    assert [one["issue_id"][-1] for one in out.records("issue_to_releases")] == ["2"]
    assert len(out.ids("releases")) == len(out.ids("release_pipelines")) == 1


# --- customers --------------------------------------------------------------------


def test_a_need_has_its_customer_and_issue_or_project_and_either_may_be_missing(
    workspace: Any, run: Any
) -> None:
    issue, project = workspace.issue(1, 1), str(UUID(int=7))
    workspace.add("projects", project, state="started", teamIds=[])
    acme = workspace.customer(1, name="Acme", externalIds=["7000"], domains=["a.io"])
    workspace.need(1, customerId=acme, issueId=issue)
    workspace.need(2, customerId=acme, projectId=project)
    workspace.need(3)
    out = run().sync()
    (customer,) = out.records("customers")
    assert (customer["external_ids"], customer["domains"]) == (["7000"], ["a.io"])
    assert (customer["status_name"], customer["tier_name"]) == ("Active", None)
    assert [
        (one["customer_id"], one["issue_id"], one["project_id"], one["priority"])
        for one in sorted(out.records("customer_needs"), key=lambda one: one["id"])
    ] == [(acme, issue, None, 0), (acme, None, project, 0), (None, None, None, 0)]


def test_the_setting_teams_keeps_needs_about_issues_and_projects_of_the_teams(
    workspace: Any, run: Any
) -> None:
    teams = [workspace.team(1), workspace.team(2, "OPS")]
    for number, team in enumerate(teams, start=1):
        project = str(UUID(int=number))
        workspace.add("projects", project, state="started", teamIds=[team])
        workspace.need(number, issueId=workspace.issue(number, 1, team=number))
        workspace.need(number + 2, projectId=project)
    workspace.need(5)
    workspace.customer(1)
    out = run(teams=["OPS"]).sync()
    assert {key[-1] for key in out.ids("customer_needs")} == {"2", "4"}
    assert len(out.ids("customers")) == 1


# --- agent sessions ---------------------------------------------------------------

ONLY = staticmethod(lambda stream, *_: stream == "agent_sessions")


def test_an_unchanged_list_of_sessions_costs_one_request_and_writes_the_lookback(
    workspace: Any, run: Any, requests: Any
) -> None:
    workspace.issue(1, 1)
    for number in range(600):
        workspace.session(number, number * 60, 1 if number % 2 else None)
    requests()
    first = run(None, ONLY).sync()
    assert len(set(first.ids("agent_sessions"))) == 600
    assert requests()["AgentSessions"] == 3
    assert {one["issue_id"] is None for one in first.records("agent_sessions")} == {
        True, False,
    }  # fmt: skip
    again = run(first.states[-1], ONLY).sync()
    assert requests()["AgentSessions"] == 1
    assert [int(UUID(key)) & 0xFFFF for key in again.ids("agent_sessions")] == [
        599, 598,
    ]  # fmt: skip


def test_only_sessions_that_changed_are_read_however_old_they_are(
    workspace: Any, run: Any, requests: Any
) -> None:
    for number in range(600):
        workspace.session(number, number)
    state = run(None, ONLY).sync().states[-1]
    ended = "2026-01-05T00:00:00.000Z"
    for number in range(5):
        workspace.session(number, 345_600, status="complete", endedAt=ended)
    requests()
    out = run(state, ONLY).sync()
    changed = [one for one in out.records("agent_sessions") if one["ended_at"]]
    assert {one["status"] for one in changed} == {"complete"}
    assert len(changed) == 5
    assert len(out.ids("agent_sessions")) == 5 + 61  # and those of the lookback
    assert requests()["AgentSessions"] == 1


@pytest.mark.parametrize("after", [5, 255, 300, 520])
def test_a_run_that_is_killed_while_it_reads_sessions_loses_and_repeats_nothing(
    after: int, workspace: Any, run: Any
) -> None:
    for number in range(600):
        workspace.session(number, number * 100)
    killed = run(None, ONLY, lookback_seconds=0)
    killed.out.stop_after = after
    with pytest.raises(KeyboardInterrupt):
        killed.sync()
    for number in (600, 601):
        workspace.session(number, number * 100)
    states = killed.out.states
    rest = run(states[-1] if states else None, ONLY, lookback_seconds=0).sync()
    both = [*killed.out.ids("agent_sessions"), *rest.ids("agent_sessions")]
    assert set(both) == set(workspace.rows.agent_sessions)
    assert len(both) <= 602 + 250 + 1
    assert "gaps" not in rest.states[-1]["bookmarks"]["agent_sessions"]


def test_a_deleted_session_is_found_where_the_catalog_says_full_table(
    workspace: Any, run: Any
) -> None:
    for number in range(300):
        workspace.session(number, number)
    state = run(None, ONLY).sync().states[-1]
    gone, _ = workspace.rows.agent_sessions.popitem()
    whole = run(state, ONLY)
    whole.tap.streams["agent_sessions"].forced_replication_method = "FULL_TABLE"
    out = whole.sync()
    assert len(out.ids("agent_sessions")) == 299
    assert gone not in out.ids("agent_sessions")
    assert about(out, "agent_sessions")[-1] == "ACTIVATE_VERSION"


def test_the_setting_teams_limits_sessions_by_their_issue(
    workspace: Any, run: Any
) -> None:
    workspace.team(2, "OPS")
    for number in (1, 2):
        workspace.issue(number, number, team=number)
        workspace.session(number, number, number)
    workspace.session(3, 3)
    out = run(teams=["OPS"]).sync()
    assert [key[-1] for key in out.ids("agent_sessions")] == ["2"]


def test_a_session_that_fails_is_stepped_over_and_stops_no_other_stream(
    full: Any, server: ApiServer, run: Any
) -> None:
    server.fault("server-error", "linear", match="agentSessions(", count=0)
    less = run()
    assert "Error: agent_sessions: could not be read" in less.failing()
    assert {"customers", "releases", "issue_to_releases"} <= less.out.activated()
    server.clear_faults()
    assert run(less.out.states[-1]).sync().ids("agent_sessions")
    assert full.rows.agent_sessions

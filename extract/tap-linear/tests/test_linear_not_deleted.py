"""Classes 1 to 3: not found and empty are not deleted, no bookmark over a gap.

Threads of other readers of these APIs are noted where they had the condition.
"""

# ruff: noqa: ANN401 - conftest cannot be imported, so its fixtures have no names here
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from sandbox.testing import ApiServer

ISSUES_BY_ID = "query Issues("

# --- 1. Not found is not deleted -----------------------------------------------------


def test_an_issue_that_a_replica_lacks_for_a_moment_is_read_later_in_the_run(
    workspace: Any, server: ApiServer, run: Any
) -> None:
    keys = [workspace.issue(number, number) for number in range(6)]
    server.fault("hidden", "linear", match=ISSUES_BY_ID, value=keys[2], count=1)
    out = run().sync()
    assert set(out.ids("issues")) == set(keys)
    assert "gaps" not in out.states[-1]["bookmarks"]["issues"]


def test_an_issue_that_stays_away_is_in_the_state_and_read_by_the_next_run(
    workspace: Any, server: ApiServer, run: Any
) -> None:
    keys = [workspace.issue(number, number) for number in range(6)]
    server.fault("hidden", "linear", match=ISSUES_BY_ID, value=keys[2], count=0)
    first = run()
    assert f"issues: listed, but not returned by ID: {keys[2]}" in first.failing()
    assert set(first.out.ids("issues")) == {*keys} - {keys[2]}
    (gap,) = first.out.states[-1]["bookmarks"]["issues"]["gaps"]
    assert gap["ids"] == [keys[2]]
    server.clear_faults()
    second = run(first.out.states[-1]).sync()
    assert keys[2] in second.ids("issues")
    assert len(second.ids("issue_history")) >= 1
    assert "gaps" not in second.states[-1]["bookmarks"]["issues"]


def test_an_issue_that_is_deleted_during_the_run_is_requested_three_more_times(
    workspace: Any, server: ApiServer, run: Any
) -> None:
    keys = [workspace.issue(number, number) for number in range(3)]
    first = run()
    execute = first.tap.context.client.execute

    def delete(document: str, *rest: Any) -> Any:
        if ISSUES_BY_ID in document:
            workspace.rows.issues.pop(keys[1], None)
            server.refresh()
        return execute(document, *rest)

    first.tap.context.client.execute = delete
    state = first.sync().states[-1]
    tries = []
    while gaps := state["bookmarks"]["issues"].get("gaps"):
        tries.append(gaps[0]["tries"])
        state = run(state).sync().states[-1]
    assert tries == [3, 2, 1]


def test_an_issue_that_is_listed_and_never_given_does_not_stop_the_others(
    workspace: Any, server: ApiServer, run: Any
) -> None:
    """A server can list an item and not give it.

    https://github.com/pimutils/vdirsyncer/issues/658
    """
    keys = [workspace.issue(number, number) for number in range(6)]
    server.fault("hidden", "linear", match=ISSUES_BY_ID, value=keys[0], count=0)
    state: Any = None
    for number in range(5):  # more runs than a deleted issue is requested in
        workspace.issue(10 + number, 500 + 100 * number)
        started = run(state)
        assert f"not returned by ID: {keys[0]}" in started.failing()
        state = started.out.states[-1]
    server.clear_faults()
    assert keys[0] in run(state).sync().ids("issues")


def test_all_issues_of_a_page_that_a_replica_lacks_are_in_the_state(
    workspace: Any, server: ApiServer, run: Any
) -> None:
    """A row can be visible later than the moment that it changed.

    https://github.com/estuary/connectors/pull/4652
    """
    keys = [workspace.issue(number, number) for number in range(6)]
    server.fault(
        "replaced", "linear", match=ISSUES_BY_ID, field="nodes", value=[], count=0
    )
    first = run(page_size=3)
    assert first.failing().count("\n") == 0
    assert first.out.ids("issues") == []
    server.clear_faults()
    assert set(run(first.out.states[-1]).sync().ids("issues")) == set(keys)


# --- 2. Empty is not deleted ---------------------------------------------------------


# https://github.com/airbytehq/airbyte/issues/30763: all streams refused, exit code 0
def test_a_credential_that_suddenly_sees_no_team_marks_nothing_as_deleted(
    workspace: Any, server: ApiServer, run: Any
) -> None:
    workspace.issue(1, 1)
    state = run().sync().states[-1]
    server.restrict(api="linear", hidden=["ENG"])
    blind = run(state)
    assert "the credential sees no team of the workspace Test" in blind.failing()
    assert blind.out.activated() == set()


def test_a_team_that_is_hidden_keeps_its_rows_and_is_read_on_when_it_is_back(
    workspace: Any, server: ApiServer, run: Any
) -> None:
    workspace.team(2, "OPS")
    workspace.issue(1, 1)
    workspace.issue(2, 2, team=2)
    state = run().sync().states[-1]
    server.restrict(api="linear", hidden=["OPS"])
    workspace.issue(3, 500, team=2)
    workspace.issue(4, 900)
    less = run(state)
    assert "team OPS is no longer visible" in less.failing()
    assert less.out.activated() <= {"organization", "users"}
    server.restrict(api="linear")
    back = run(less.out.states[-1])
    got = back.sync().ids("issues")
    assert any(key.endswith("3") for key in got)
    assert "teams" in back.out.activated()


@pytest.mark.parametrize("stream", ["issues", "comments", "issue_index"])
def test_a_hidden_team_is_noticed_where_the_stream_of_teams_is_not_selected(
    stream: str, workspace: Any, server: ApiServer, run: Any
) -> None:
    workspace.team(2, "OPS")
    for number, team in ((1, 1), (2, 2)):
        workspace.issue(number, number, team=team)
        workspace.comment(number, number, number)
    only = lambda name, *_: name == stream  # noqa: E731
    state = run(None, only).sync().states[-1]
    server.restrict(api="linear", hidden=["OPS"])
    workspace.issue(3, 500, team=2)
    workspace.comment(3, 500, 3)
    workspace.issue(4, 900)
    workspace.comment(4, 900, 4)
    less = run(state, only)
    assert "team OPS is no longer visible" in less.failing()
    assert less.out.activated() == set()
    server.restrict(api="linear")
    back = run(less.out.states[-1], only).sync()
    assert any(key.endswith("3") for key in back.ids(stream))
    assert back.ids("teams") == []


def test_a_list_of_teams_that_is_refused_and_not_selected_marks_nothing_as_deleted(
    workspace: Any, server: ApiServer, run: Any, caplog: pytest.LogCaptureFixture
) -> None:
    workspace.issue(1, 1)
    state = run().sync().states[-1]
    server.restrict(api="linear", refused=["Query.teams"])
    started = run(state, lambda name, *_: name in {"cycles", "issues", "users"})
    assert started.sync().activated() == {"users"}
    assert "the list of teams could not be read" in caplog.text


# https://github.com/elastic/connectors-ruby/pull/174: a list that is empty for a while
def test_a_list_that_is_empty_at_once_is_believed_the_second_time(
    workspace: Any, run: Any
) -> None:
    workspace.add("initiatives", "00000000-0000-0000-0000-0000000000aa", projectIds=[])
    state = run().sync().states[-1]
    workspace.rows.initiatives.clear()
    first = run(state)
    assert "initiatives: had 1 rows and is empty now" in first.failing()
    assert "initiatives" not in first.out.activated()
    assert "initiatives" in run(first.out.states[-1]).sync().activated()


def test_a_list_refused_for_a_permission_stops_only_its_stream_and_is_named_once(
    workspace: Any, server: ApiServer, run: Any
) -> None:
    workspace.issue(1, 1)
    server.restrict(api="linear", refused=["Query.initiatives", "Query.users"])
    refused = run()
    lines = refused.failing().splitlines()
    assert len(lines) == 2
    assert "users: Linear does not allow this list" in lines[1] + lines[0]
    assert not {"initiatives", "users"} & refused.out.activated()
    assert {"teams", "projects"} <= refused.out.activated()


def test_another_workspace_behind_the_credential_ends_the_run_before_anything(
    workspace: Any, run: Any
) -> None:
    state = run().sync().states[-1]
    workspace.rows.organization["id"] = "00000000-0000-0000-0000-0000000000ff"
    other = run(state)
    assert "belongs to the workspace Test" in other.failing()
    assert [one["type"] for one in other.out.messages] == ["STATE"]


# --- 3. No bookmark over a gap -------------------------------------------------------


@pytest.mark.parametrize("code", ["none", "INTERNAL_SERVER_ERROR"])
@pytest.mark.parametrize("field", ["issueHistory", "issueStateSpans"])
def test_null_children_are_read_by_the_next_run(
    field: str, code: str, workspace: Any, server: ApiServer, run: Any
) -> None:
    keys = [workspace.issue(number, number, history=4, spans=4) for number in range(3)]
    server.fault(
        "null-children", "linear", match=ISSUES_BY_ID, field=field, code=code, count=0
    )
    first = run()
    assert "issues: " in first.failing()
    assert first.out.ids("issues") == []
    server.clear_faults()
    state = first.out.states[-1] if first.out.states else None
    out = run(state).sync()
    assert set(out.ids("issues")) == set(keys)
    assert len(out.ids("issue_history")) == len(out.ids("issue_state_spans")) == 12


def test_null_among_comments_leaves_a_gap_that_the_next_run_fills(
    workspace: Any, server: ApiServer, run: Any
) -> None:
    for number in range(9):
        workspace.comment(number, number * 100)
    server.fault(
        "null-children", "linear", match="query Comments(", field="comments",
        code="none", every=4, at=1, count=0,
    )  # fmt: skip
    first = run(None, lambda stream, *_: stream == "comments", page_size=9)
    first.failing()
    server.clear_faults()
    state = first.out.states[-1] if first.out.states else None
    rest = run(state, lambda stream, *_: stream == "comments").sync()
    got = {*first.out.ids("comments"), *rest.ids("comments")}
    assert len(got) == 9
    assert "gaps" not in rest.states[-1]["bookmarks"]["comments"]


def test_a_child_list_that_is_null_is_not_an_empty_one(
    workspace: Any, server: ApiServer, run: Any
) -> None:
    """A list that is null instead of empty, which crashed its reader.

    https://github.com/googleapis/release-please/issues/1543
    """
    key = workspace.issue(1, 1, history=4)
    server.fault(
        "replaced", "linear", match=ISSUES_BY_ID, field="issueHistory", value=None,
        count=0,
    )  # fmt: skip
    first = run()
    assert key in first.failing()
    assert first.out.ids("issues") == []
    server.clear_faults()
    out = run(first.out.states[-1] if first.out.states else None).sync()
    assert (out.ids("issues"), len(out.ids("issue_history"))) == ([key], 4)


@pytest.mark.parametrize(
    "root", ["query Users(", "  teams(", "issueRelations(", "workflowStates("]
)
def test_null_among_the_rows_of_a_whole_list_marks_nothing_as_deleted(
    root: str, workspace: Any, server: ApiServer, run: Any
) -> None:
    """Rows are null where the credential may not see them.

    https://github.com/hivemoot/hivemoot-bot/issues/41
    """
    workspace.add("users", "00000000-0000-0000-0000-0000000000ab", name="A")
    workspace.issue(1, 1)
    workspace.issue(2, 2)
    workspace.add(
        "issue_relations", "00000000-0000-0000-0000-0000000000ac", type="blocks",
        issueId=workspace.issue(1, 1), relatedIssueId=workspace.issue(2, 2),
    )  # fmt: skip
    server.fault("null-children", "linear", match=root, code="none", every=1, count=0)
    started = run()
    started.failing()
    stream = {
        "query Users(": "users", "  teams(": "teams",
        "issueRelations(": "issue_relations", "workflowStates(": "workflow_states",
    }[root]  # fmt: skip
    assert stream not in started.out.activated()
    assert len(started.out.ids("issues")) == 2

"""The ten classes of conditions: what each costs, and what it never costs.

Each test names the condition. Where another reader of these APIs had it, its thread is
noted.
"""

# ruff: noqa: ANN401 - conftest cannot be imported, so its fixtures have no names here
from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.testing import ApiServer

ISSUES_BY_ID = "query Issues("
FAMILY = ("issues", "issue_history", "issue_state_spans")


@pytest.fixture(autouse=True)
def _whole(server: ApiServer) -> Iterator[None]:
    """Give back to the shared server what a test takes away."""
    yield
    server.clear_faults()
    server.remove(api="linear")
    server.restrict(api="linear")


def failing(started: Any) -> str:
    """Run a tap that must end with exit code 1; returns its lines."""
    with pytest.raises(SystemExit) as ended:
        started.sync()
    text = str(ended.value)
    assert all(line.startswith("Error: ") for line in text.splitlines())
    return text


def activated(out: Any) -> set[str]:
    return {one["stream"] for one in out.messages if one["type"] == "ACTIVATE_VERSION"}


def columns(out: Any, stream: str) -> set[str]:
    found = [
        set(one["schema"]["properties"])
        for one in out.messages
        if one["type"] == "SCHEMA" and one["stream"] == stream
    ]
    return found[-1]


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
    assert f"issues: listed, but not returned by ID: {keys[2]}" in failing(first)
    assert set(first.out.ids("issues")) == {*keys} - {keys[2]}
    (gap,) = first.out.states[-1]["bookmarks"]["issues"]["gaps"]
    assert gap["ids"] == [keys[2]]
    server.clear_faults()
    second = run(first.out.states[-1]).sync()
    assert keys[2] in second.ids("issues")
    assert len(second.ids("issue_history")) >= 1
    assert "gaps" not in second.states[-1]["bookmarks"]["issues"]


def test_an_issue_that_is_deleted_in_the_run_is_asked_for_three_more_times(
    workspace: Any, server: ApiServer, run: Any
) -> None:
    keys = [workspace.issue(number, number) for number in range(3)]
    first = run()
    execute = first.tap.client.execute

    def delete(document: str, *rest: Any) -> Any:
        if ISSUES_BY_ID in document:
            workspace.rows.issues.pop(keys[1], None)
            server.refresh()
        return execute(document, *rest)

    first.tap.client.execute = delete
    state = first.sync().states[-1]
    tries = []
    while gaps := state["bookmarks"]["issues"].get("gaps"):
        tries.append(gaps[0]["tries"])
        state = run(state).sync().states[-1]
    assert tries == [3, 2, 1]


# --- 2. Empty is not deleted ---------------------------------------------------------


# https://github.com/airbytehq/airbyte/issues/30763: all streams refused, exit code 0
def test_a_credential_that_suddenly_sees_no_team_marks_nothing_as_deleted(
    workspace: Any, server: ApiServer, run: Any
) -> None:
    workspace.issue(1, 1)
    state = run().sync().states[-1]
    server.restrict(api="linear", hidden=["ENG"])
    blind = run(state)
    assert "the credential sees no team of the workspace Test" in failing(blind)
    assert activated(blind.out) == set()


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
    assert "team OPS is no longer visible" in failing(less)
    assert activated(less.out) <= {"organization", "users"}
    server.restrict(api="linear")
    back = run(less.out.states[-1])
    got = back.sync().ids("issues")
    assert any(key.endswith("3") for key in got)
    assert "teams" in activated(back.out)


# https://github.com/elastic/connectors-ruby/pull/174: a list that is empty for a while
def test_a_list_that_is_empty_at_once_is_believed_the_second_time(
    workspace: Any, run: Any
) -> None:
    workspace.add("initiatives", "00000000-0000-0000-0000-0000000000aa", projectIds=[])
    state = run().sync().states[-1]
    workspace.rows.initiatives.clear()
    first = run(state)
    assert "initiatives: had 1 rows and is empty now" in failing(first)
    assert "initiatives" not in activated(first.out)
    assert "initiatives" in activated(run(first.out.states[-1]).sync())


def test_a_list_refused_for_a_permission_stops_only_its_stream_and_is_named_once(
    workspace: Any, server: ApiServer, run: Any
) -> None:
    workspace.issue(1, 1)
    server.restrict(api="linear", refused=["Query.initiatives", "Query.users"])
    refused = run()
    lines = failing(refused).splitlines()
    assert len(lines) == 2
    assert "users: Linear does not allow this list" in lines[1] + lines[0]
    assert not {"initiatives", "users"} & activated(refused.out)
    assert {"teams", "projects"} <= activated(refused.out)


def test_another_workspace_behind_the_credential_ends_the_run_before_anything(
    workspace: Any, run: Any
) -> None:
    state = run().sync().states[-1]
    workspace.rows.organization["id"] = "00000000-0000-0000-0000-0000000000ff"
    other = run(state)
    assert "belongs to the workspace Test" in failing(other)
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
    assert "issues: " in failing(first)
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
    failing(first)
    server.clear_faults()
    state = first.out.states[-1] if first.out.states else None
    rest = run(state, lambda stream, *_: stream == "comments").sync()
    got = {*first.out.ids("comments"), *rest.ids("comments")}
    assert len(got) == 9
    assert "gaps" not in rest.states[-1]["bookmarks"]["comments"]


# --- 4. One fault stops one thing ----------------------------------------------------


# https://github.com/airbytehq/airbyte/issues/3268: one stream fails, none is read
@pytest.mark.parametrize("root", ["Comments(", "Teams(", "IssueRelations("])
def test_a_list_that_always_fails_stops_only_its_stream(
    root: str, workspace: Any, server: ApiServer, run: Any
) -> None:
    workspace.issue(1, 1)
    workspace.comment(1, 1, 1)
    server.fault("server-error", "linear", match=f"query {root}", count=0)
    started = run(page_size=4)
    (line,) = failing(started).splitlines()
    assert "could not be read" in line
    assert started.out.ids("issues")
    assert "projects" in activated(started.out)


def test_an_issue_that_always_fails_is_named_and_the_others_are_read(
    workspace: Any, server: ApiServer, run: Any
) -> None:
    keys = [workspace.issue(number, number) for number in range(7)]
    server.fault("poisoned", "linear", value=keys[3], field="title", count=0)
    first = run()
    assert "issues: could not be read (HTTP 502" in failing(first)
    assert set(first.out.ids("issues")) == {*keys} - {keys[3]}
    server.clear_faults()
    second = run(first.out.states[-1]).sync()
    assert keys[3] in second.ids("issues")


def test_a_comment_that_always_fails_is_stepped_over_and_read_by_the_next_run(
    workspace: Any, server: ApiServer, run: Any
) -> None:
    keys = [workspace.comment(number, number * 100) for number in range(7)]
    server.fault("poisoned", "linear", value=keys[3], field="body", count=0)
    first = run()
    assert keys[3] in failing(first)
    assert set(first.out.ids("comments")) == {*keys} - {keys[3]}
    server.clear_faults()
    second = run(first.out.states[-1]).sync()
    assert keys[3] in second.ids("comments")
    assert "gaps" not in second.states[-1]["bookmarks"]["comments"]


def test_a_part_of_a_list_that_always_fails_is_read_around_from_both_ends(
    workspace: Any, server: ApiServer, run: Any
) -> None:
    keys = [workspace.comment(number, number * 100) for number in range(9)]
    server.fault("poisoned", "linear", value=keys[4], count=0)
    first = run()
    assert "comments: a part of the list could not be read" in failing(first)
    assert set(first.out.ids("comments")) == {*keys} - {keys[4]}
    server.clear_faults()
    second = run(first.out.states[-1]).sync()
    assert keys[4] in second.ids("comments")


def test_a_list_with_a_row_that_fails_marks_nothing_as_deleted(
    workspace: Any, server: ApiServer, run: Any
) -> None:
    team = workspace.team(2, "OPS")
    server.fault("poisoned", "linear", value=team, field="timezone", count=0)
    started = run()
    assert "teams: could not be read" in failing(started)
    assert "teams" not in activated(started.out)
    assert len(started.out.ids("teams")) == 1


# --- 5. Whatever may depend on size shrinks first ------------------------------------


# https://github.com/estuary/connectors/pull/3499 and
# https://github.com/port-labs/ocean/pull/3411: 502 and 504 for large pages
@pytest.mark.parametrize("status", [408, 500, 502, 504, 520, 524])
def test_a_page_that_is_too_large_for_a_gateway_becomes_smaller(
    status: int, workspace: Any, server: ApiServer, run: Any
) -> None:
    for number in range(40):
        workspace.comment(number, number)
    server.fault(
        "server-error", "linear", match="query Comments(", above=10, status=status,
        count=0,
    )  # fmt: skip
    assert len(run(page_size=40).sync().ids("comments")) == 40


@pytest.mark.parametrize("kind", ["cut", "internal"])
def test_a_large_page_that_breaks_becomes_smaller(
    kind: str, workspace: Any, server: ApiServer, run: Any
) -> None:
    for number in range(40):
        workspace.comment(number, number)
    server.fault(kind, "linear", match="query Comments(", above=10, count=0)
    assert len(run(page_size=40).sync().ids("comments")) == 40


# --- 6. Every run ends ---------------------------------------------------------------


# https://github.com/Glitchedpixel-io/media-api/issues/66 and
# https://github.com/AvaProtocol/EigenLayer-AVS/issues/75: cursors without an end
@pytest.mark.parametrize("value", ["null", "repeated", ""])
@pytest.mark.parametrize("root", ["Comments", "IssueRelations", "IssuesChanged"])
def test_a_list_whose_cursor_does_not_advance_ends(
    root: str, value: str, workspace: Any, server: ApiServer, run: Any
) -> None:
    for number in range(6):
        workspace.issue(number, number)
        workspace.comment(number, number, number)
    server.fault(
        "repeated-cursor",
        "linear",
        match=f"query {root}(",
        value=value or None,
        count=0,
    )
    started = run(page_size=3)
    assert "the list does not advance" in failing(started)
    server.clear_faults()
    rest = run(started.out.states[-1]).sync()
    for stream in ("issues", "comments"):
        got = {*started.out.ids(stream), *rest.ids(stream)}
        assert len(got) == 6


def test_a_limit_that_is_reset_in_the_past_is_not_asked_again_at_once(
    server: ApiServer, run: Any
) -> None:
    server.fault("rate-limited", "linear", seconds=-3_600, count=4)
    started = run()
    started.sync()
    assert started.waits[:4] == [1, 2, 4, 8]


def test_retry_after_is_honored_on_503(stub: Any, run: Any) -> None:
    headers = {"Retry-After": "7"}
    started = run(api_url=stub(lambda *_: (503, headers, b"", 1)))
    failing(started)
    assert started.waits == [7, 7, 7, 8]


# --- 7. Removed fields ---------------------------------------------------------------


# https://github.com/linear/linear/issues/465 and
# https://github.com/nesszer/linear-cli/pull/46: Linear removes fields from one type
def test_a_field_removed_from_one_type_is_left_out_there_only(
    workspace: Any, server: ApiServer, run: Any
) -> None:
    for number in range(5):
        workspace.issue(number, number)
    server.remove("IssueHistory.updatedAt", api="linear")
    out = run().sync()
    assert all(row["updated_at"] for row in out.records("issues"))
    assert "updated_at" not in columns(out, "issue_history")
    assert len(out.ids("issue_history")) == 5


@pytest.mark.parametrize(
    ("removed", "stream", "column"),
    [
        ("Issue.assignee", "issues", "assignee_id"),
        ("Issue.title", "issues", "title"),
        ("ProjectStatus.name", "projects", "status_name"),
        ("Team.timezone", "teams", "timezone"),
    ],
)
def test_a_removed_column_is_in_neither_schema_nor_records(  # noqa: PLR0913, PLR0917 - the first three are one case
    removed: str, stream: str, column: str, workspace: Any, server: ApiServer, run: Any
) -> None:
    workspace.issue(1, 1)
    server.remove(removed, api="linear")
    out = run().sync()
    assert column not in columns(out, stream)
    assert all(column not in row for row in out.records(stream))


@pytest.mark.parametrize(
    ("removed", "stream"),
    [
        ("Query.initiatives", "initiatives"),
        ("Query.comments", "comments"),
        ("Comment.updatedAt", "comments"),
        ("PaginationOrderBy.updatedAt", "comments"),
        ("Issue.history", "issue_history"),
    ],
)
def test_what_a_stream_cannot_do_without_stops_only_that_stream(
    removed: str, stream: str, workspace: Any, server: ApiServer, run: Any
) -> None:
    workspace.issue(1, 1)
    workspace.comment(1, 1, 1)
    server.remove(removed, api="linear")
    started = run()
    assert f"{stream}: Linear no longer has" in failing(started)
    assert started.out.records(stream) == []
    assert "id" in columns(started.out, stream)
    assert "teams" in activated(started.out)


def test_a_child_that_was_removed_for_a_while_is_read_for_what_it_missed(
    workspace: Any, server: ApiServer, run: Any
) -> None:
    workspace.issue(1, 1)
    state = run().sync().states[-1]
    server.remove("Issue.history", api="linear")
    workspace.issue(2, 500)
    without = run(state)
    failing(without)
    server.remove(api="linear")
    out = run(without.out.states[-1]).sync()
    assert any(row["issue_id"].endswith("2") for row in out.records("issue_history"))
    assert "lost" not in out.states[-1]["bookmarks"]["issue_history"]


# --- 8. Tolerant decoding ------------------------------------------------------------


# https://github.com/oxigraph/json-event-parser/issues/1: half of a pair in JSON
def test_a_lone_surrogate_becomes_the_replacement_character(
    workspace: Any, server: ApiServer, run: Any, caplog: pytest.LogCaptureFixture
) -> None:
    workspace.issue(1, 1)
    workspace.issue(2, 2)
    server.fault(
        "replaced", "linear", match=ISSUES_BY_ID, field="title", value="\ud83d cut",
        count=0,
    )  # fmt: skip
    out = run().sync()
    assert [row["title"] for row in out.records("issues")] == ["\ufffd cut"] * 2
    assert len([line for line in caplog.messages if "U+FFFD" in line]) == 1


# https://github.com/powersync-ja/powersync-service/pull/20 and
# https://github.com/airbytehq/airbyte/issues/3931: dates that no calendar has
@pytest.mark.parametrize(
    "value",
    ["2026-02-30T00:00:00.000Z", "0000-00-00T00:00:00.000Z", "soon", 5,
     "0001-01-01T00:00:00+14:00"],
)  # fmt: skip
def test_an_impossible_date_becomes_null_and_is_logged_with_its_row(
    value: Any, workspace: Any, server: ApiServer, run: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    key = workspace.issue(1, 1)
    for field in ("createdAt", "dueDate"):
        server.fault(
            "replaced", "linear", match=ISSUES_BY_ID, field=field, value=value, count=0
        )
        (row,) = run().sync().records("issues")
        column = {"createdAt": "created_at", "dueDate": "due_date"}[field]
        assert row[column] is None or (field, value[:4]) == ("dueDate", "0001")
        server.clear_faults()
    assert f"issues: created_at of {key} is null" in caplog.text


@pytest.mark.parametrize(
    "body",
    [
        {"data": None},
        {"data": []},
        [],
        "text",
        {"data": {"organization": []}},
        {"data": {"organization": None}},
        {"errors": "broken"},
        {"data": {"organization": {"id": None}}, "errors": [{"extensions": 3}]},
    ],
)
def test_a_response_of_an_unexpected_shape_ends_in_one_line_per_stream(
    body: Any, stub: Any, run: Any
) -> None:
    content = json.dumps(body).encode()
    failing(run(api_url=stub(lambda *_: (200, {}, content, 1)), page_size=1))


@pytest.mark.parametrize("field", ["nodes", "pageInfo", "hasNextPage"])
@pytest.mark.parametrize("value", [None, {}, "x", 7])
def test_a_list_of_an_unexpected_shape_stops_only_its_stream(
    field: str, value: Any, workspace: Any, server: ApiServer, run: Any
) -> None:
    workspace.issue(1, 1)
    server.fault(
        "replaced", "linear", match="query Users(", field=field, value=value, count=0
    )
    started = run(page_size=2)
    assert "users: could not be read" in failing(started)
    assert len(started.out.ids("issues")) == 1
    assert "users" not in activated(started.out)


@pytest.mark.parametrize(
    "damaged",
    [
        {"bookmarks": {"issues": {"replication_key_value": 5}}},
        {"bookmarks": {"issues": {"replication_key_value": "x", "last_id": "y"}}},
        {"bookmarks": {"comments": {"gaps": "all"}}},
        {"bookmarks": {"comments": {"gaps": [{"gte": "soon"}]}}},
        {"bookmarks": {"cycle_uncompleted_issues": {"read": []}}},
        {"bookmarks": {}, "workspace": []},
        {"bookmarks": {}, "workspace": {"version": "x"}},
    ],
)
def test_a_damaged_state_is_named_with_its_remedy(damaged: Any, run: Any) -> None:
    assert "meltano state clear" in failing(run(damaged))


# --- 9. Changed settings -------------------------------------------------------------


# https://github.com/meltano/meltano/pull/9408 and
# https://github.com/MeltanoLabs/tap-gitlab/issues/42: an earlier date is ignored
def test_an_earlier_start_date_reads_the_older_part(
    workspace: Any, run: Any, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(10):
        workspace.issue(number, number * 3_600)
        workspace.comment(number, number * 3_600, number)
    state = run(start_date="2026-01-01T06:00:00Z").sync().states[-1]
    out = run(state, start_date="2026-01-01T02:00:00Z").sync()
    for stream in ("issues", "comments"):
        assert {key[-1] for key in out.ids(stream)} >= {"2", "3", "4", "5"}
    assert "start_date is earlier than before" in caplog.text
    again = run(out.states[-1], start_date="2026-01-01T02:00:00Z").sync()
    assert again.ids("issues") == []
    rest = run(again.states[-1]).sync()
    assert {key[-1] for key in rest.ids("issues")} >= {"0", "1"}


def test_an_issue_that_leaves_the_selected_teams_is_read_with_its_new_team(
    workspace: Any, run: Any
) -> None:
    ops = workspace.team(2, "OPS")
    key = workspace.issue(1, 1)
    state = run(teams=["ENG"]).sync().states[-1]
    row = workspace.rows.issues[key]
    row |= {
        "teamId": ops, "previousIdentifiers": ["ENG-1"],
        "updatedAt": "2026-01-02T00:00:00.000Z",
    }  # fmt: skip
    workspace.issue(2, 90_000, team=2)
    (record,) = run(state, teams=["ENG"]).sync().records("issues")
    assert (record["id"], record["team_id"]) == (key, ops)


def test_teams_narrow_projects_too(workspace: Any, run: Any) -> None:
    eng = workspace.team()
    ops = workspace.team(2, "OPS")
    for number, team in ((1, eng), (2, ops)):
        key = f"00000000-0000-0000-0000-00000000000{number}"
        workspace.add("projects", key, state="started", teamIds=[team])
    out = run(teams=["OPS"]).sync()
    assert [key[-1] for key in out.ids("projects")] == ["2"]


def test_a_team_that_becomes_visible_is_read_with_its_older_rows(
    workspace: Any, server: ApiServer, run: Any
) -> None:
    workspace.team(2, "OPS")
    workspace.issue(1, 1_000)
    old = workspace.issue(2, 2, team=2)
    comment = workspace.comment(2, 2, 2)
    workspace.comment(1, 1_000, 1)
    server.restrict(api="linear", hidden=["OPS"])
    state = run().sync().states[-1]
    server.restrict(api="linear")
    out = run(state).sync()
    assert old in out.ids("issues")
    assert comment in out.ids("comments")

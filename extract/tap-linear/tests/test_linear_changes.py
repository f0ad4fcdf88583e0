"""Classes 7 and 8: removed fields and tolerant decoding.

Threads of other readers of these APIs are noted where they had the condition.
"""

# ruff: noqa: ANN401 - conftest cannot be imported, so its fixtures have no names here
from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tap_linear.common.errors import SettingsError

if TYPE_CHECKING:
    from sandbox.testing import ApiServer

ISSUES_BY_ID = "query Issues("

# --- 7. Removed fields ---------------------------------------------------------------


def test_a_field_removed_from_one_type_is_left_out_there_only(
    workspace: Any, server: ApiServer, run: Any
) -> None:
    """Linear removes a field from one type and keeps its name in another.

    https://github.com/nesszer/linear-cli/pull/46
    """
    for number in range(5):
        workspace.issue(number, number)
    server.remove("IssueHistory.updatedAt", api="linear")
    out = run().sync()
    assert all(row["updated_at"] for row in out.records("issues"))
    assert "updated_at" not in out.columns("issue_history")
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
    """A field that Linear has removed ends the whole run.

    https://github.com/onyx-dot-app/onyx/issues/3370
    """
    workspace.issue(1, 1)
    server.remove(removed, api="linear")
    out = run().sync()
    assert column not in out.columns(stream)
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
    assert f"{stream}: Linear no longer has" in started.failing()
    assert started.out.records(stream) == []
    assert "id" in started.out.columns(stream)
    assert "teams" in started.out.activated()


def test_a_child_that_was_removed_for_a_while_is_read_for_what_it_missed(
    workspace: Any, server: ApiServer, run: Any
) -> None:
    workspace.issue(1, 1)
    state = run().sync().states[-1]
    server.remove("Issue.history", api="linear")
    workspace.issue(2, 500)
    without = run(state)
    without.failing()
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
    run(api_url=stub(lambda *_: (200, {}, content, 1)), page_size=1).failing()


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
    assert "users: could not be read" in started.failing()
    assert len(started.out.ids("issues")) == 1
    assert "users" not in started.out.activated()


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
    with pytest.raises(SettingsError, match="meltano state clear"):
        run(damaged)

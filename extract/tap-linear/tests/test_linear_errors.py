# ruff: noqa: ANN401 - conftest cannot be imported, so its fixtures have no names here
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tap_linear.common.faults import Faults
from tap_linear.transport.client import TRIES
from tap_linear.transport.errors import RULES, Action, judge

if TYPE_CHECKING:
    from sandbox.testing import ApiServer


def error(message: str = "No", code: str = "", kind: str = "") -> dict[str, Any]:
    return {"message": message, "extensions": {"code": code, "type": kind}}


# A response for each row of the table, in the table's order.
ANSWERS: list[tuple[int, dict[str, Any] | None, bool, Action]] = [
    (400, error(code="RATELIMITED"), False, Action.WAIT),
    (429, None, False, Action.WAIT),
    (400, error("Query too complex: 1", "INPUT_ERROR"), False, Action.SPLIT),
    (200, error(code="AUTHENTICATION_ERROR"), False, Action.STOP),
    (401, None, False, Action.STOP),
    (
        400,
        error('Cannot query field "a" on type "B".', "GRAPHQL_VALIDATION_FAILED"),
        False,
        Action.DROP_FIELD,
    ),
    (200, error(code="FORBIDDEN"), False, Action.DROP_FIELD),
    (400, error("Requires the scope `admin`"), False, Action.DROP_FIELD),
    (200, error(code="FEATURE_NOT_ACCESSIBLE"), True, Action.DROP_FIELD),
    (403, None, False, Action.STOP),
    (404, None, False, Action.STOP),
    (400, error("Entity not found: Issue", "INPUT_ERROR"), False, Action.PASS_OVER),
    (400, error("The query timed out", "INPUT_ERROR"), False, Action.SHRINK),
    (500, error(code="GRAPHQL_VALIDATION_FAILED"), False, Action.FAIL),
    (502, None, False, Action.SHRINK),
    (200, error(kind="internal error"), True, Action.SHRINK),
    (503, None, False, Action.RETRY),
    (200, error(code="SOMETHING_NEW"), True, Action.SHRINK),
    (400, error(), False, Action.FAIL),
    (200, None, False, Action.SHRINK),
    (418, None, False, Action.STOP),
]


def test_every_row_of_the_table_has_an_answer_that_it_decides() -> None:
    decided = [
        judge(status, [found] if found else [], partial=partial)[0]
        for status, found, partial, _ in ANSWERS
    ]
    assert [id(rule) for rule in decided] == [id(rule) for rule in RULES]


@pytest.mark.parametrize(("status", "found", "partial", "action"), ANSWERS)
def test_what_an_answer_means(
    status: int,
    found: dict[str, Any] | None,
    partial: bool,  # noqa: FBT001 - pytest gives parameters by name
    action: Action,
) -> None:
    rule, message = judge(status, [found] if found else [], partial=partial)
    assert rule.action is action
    assert "\n" not in message
    line = Faults.line(rule.condition, message=message, status=status)
    assert "\n" not in line
    assert "{" not in line


def test_the_error_that_the_table_has_first_decides_not_the_answers_first() -> None:
    errors = [error(code="FEATURE_NOT_ACCESSIBLE"), error(code="RATELIMITED")]
    assert judge(200, errors, partial=True)[0].action is Action.WAIT


FAULTS = ["server-error", "internal", "cut", "rate-limited", "too-complex"]


@pytest.mark.parametrize("kind", FAULTS)
def test_a_fault_that_passes_costs_no_row(
    kind: str, workspace: Any, server: ApiServer, run: Any
) -> None:
    for number in range(60):
        workspace.issue(number, number, history=2)
    whole = run().sync()
    for at in (3, 9):
        server.fault(kind, "linear", at=at)
    again = run()
    out = again.sync()
    for stream in ("issues", "issue_history", "issue_state_spans", "teams"):
        assert sorted(out.ids(stream)) == sorted(whole.ids(stream))


def test_a_page_is_halved_when_refused_and_grows_back(
    workspace: Any, server: ApiServer, run: Any
) -> None:
    for number in range(400):
        workspace.issue(number, number)
    again = run(page_size=32)
    server.fault("too-complex", "linear", match="query Issues(", count=3)
    sizes = []
    size = again.tap.streams["issues"].page_size
    original = size.shrink

    def shrink(*refused: Any) -> None:
        original(*refused)
        sizes.append(size.value)

    size.shrink = shrink
    out = again.sync()
    assert sizes == [16, 8, 4]
    assert size.value == 32
    assert len(out.ids("issues")) == 400


def test_a_gateway_that_gives_up_is_given_time(
    workspace: Any, server: ApiServer, run: Any
) -> None:
    workspace.issue(1, 1)
    server.fault("server-error", "linear", match="query Issues(", count=4)
    again = run()
    assert len(again.sync().ids("issues")) == 1
    assert again.waits == [1, 2, 4, 8]


def test_a_gateway_that_gives_up_for_good_ends_the_run_in_one_line(
    server: ApiServer, run: Any
) -> None:
    server.fault("server-error", "linear", count=0)
    with pytest.raises(SystemExit) as ended:
        run().sync()
    assert "HTTP 502" in str(ended.value)


def test_a_single_row_that_is_refused_ends_the_run(
    workspace: Any, server: ApiServer, run: Any
) -> None:
    workspace.issue(1, 1)
    server.fault("too-complex", "linear", match="query Issues(", count=0)
    with pytest.raises(SystemExit) as ended:
        run().sync()
    assert "too complex" in str(ended.value)


def test_a_failure_that_stays_ends_the_run_after_a_few_tries(
    server: ApiServer, run: Any
) -> None:
    server.fault("internal", "linear", count=0)
    again = run()
    with pytest.raises(SystemExit) as ended:
        again.sync()
    assert f"{TRIES} times in a row" in str(ended.value)
    assert again.waits == [1, 2, 4, 8]
    together, probe = 1, 1  # two lists; whether Linear answers anything else
    assert server.stats()["linear"]["requests"] == together + TRIES + probe


def test_a_field_that_the_plan_lacks_is_left_out_and_logged_once(
    workspace: Any,
    server: ApiServer,
    run: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    for number in range(3):
        workspace.issue(number, number, slaType="all")
    server.fault("not-in-plan", "linear", match="slaType", count=0)
    out = run(page_size=1).sync()
    assert [record for record in out.records("issues") if "sla_type" in record] == []
    assert [record["number"] for record in out.records("issues")] == [0, 1, 2]
    assert "sla_type" not in schema_of(out, "issues")
    logged = [line for line in caplog.messages if "slaType" in line]
    reason = "Feature not accessible on this plan"
    assert logged == [f"issues: Issue.slaType is not read any more: {reason}"]


def schema_of(out: Any, stream: str) -> dict[str, Any]:
    """The columns of a stream's only SCHEMA."""
    (found,) = (
        one
        for one in out.messages
        if one["type"] == "SCHEMA" and one["stream"] == stream
    )
    columns: dict[str, Any] = found["schema"]["properties"]
    return columns


def test_a_field_that_the_api_has_dropped_is_left_out_and_logged_once(
    workspace: Any, run: Any, caplog: pytest.LogCaptureFixture
) -> None:
    workspace.issue(1, 1)
    again = run()
    document = again.tap.streams["issues"].document
    document._set(_renamed(document, "title", "caption"))
    out = again.sync()
    assert "title" not in out.records("issues")[0]
    assert out.records("issues")[0]["number"] == 1
    said = [line for line in caplog.messages if "Issue.caption" in line]
    assert len(said) == 1


def _renamed(document: Any, old: str, new: str) -> Any:
    from graphql import parse  # noqa: PLC0415 - only here

    (operation,) = parse(document.text.replace(f" {old}\n", f" {new}\n")).definitions
    return operation


def test_a_root_that_is_null_is_not_taken_for_an_empty_page() -> None:
    found = error("No access", "SOMETHING_NEW")
    assert judge(200, [found], partial=False)[0].action is Action.SHRINK


def test_a_stream_that_the_plan_lacks_stays_empty_and_the_others_are_read(
    workspace: Any,
    server: ApiServer,
    run: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    workspace.issue(1, 1)
    server.fault("not-in-plan", "linear", match="initiatives", count=0)
    out = run().sync()
    assert len(out.ids("issues")) == 1
    assert len(out.ids("teams")) == 1
    said = [line for line in caplog.messages if "stays empty" in line]
    assert said == [
        "initiatives stays empty: Linear says Feature not accessible on this plan"
    ]
    # What a target has of it from another time is not declared deleted.
    versions = {
        one["stream"] for one in out.messages if one["type"] == "ACTIVATE_VERSION"
    }
    assert "projects" in versions
    assert "initiatives" not in versions


def test_an_issue_deleted_while_its_history_is_read_on_is_passed_over(
    workspace: Any, server: ApiServer, run: Any
) -> None:
    """One issue is not found, and the whole batch of issues fails.

    https://github.com/pingdotgg/t3code/pull/7065
    """
    keys = [workspace.issue(number, number, history=40) for number in range(6)]
    again = run()
    execute = again.tap.context.client.execute

    def delete(document: str, *rest: Any) -> Any:
        if "IssuesContinued" in document:
            for gone in (keys[1], keys[4]):
                workspace.rows.issues.pop(gone, None)
            server.refresh()
        return execute(document, *rest)

    again.tap.context.client.execute = delete
    out = again.sync()
    whole = [
        key
        for key in keys
        if sum(row["issue_id"] == key for row in out.records("issue_history")) == 40
    ]
    assert whole == [keys[n] for n in (0, 2, 3, 5)]
    assert len(out.ids("issue_history")) == len(set(out.ids("issue_history")))

"""The pages of history and spans follow the lists that were read."""

# ruff: noqa: ANN401 - conftest cannot be imported, so its fixtures have no names here
from __future__ import annotations

import logging
from collections import Counter
from typing import Any

import pytest

from tap_linear.transport.limits import CHEAPEST_REQUEST, Limits

CAPACITY = 7_000
LISTS = ("issue_history", "issue_state_spans")


def family(stream: str, *_: str) -> bool:
    return stream.startswith("issue") and stream not in {"issue_labels", "issue_index"}


@pytest.fixture(name="learned")
def _learned(workspace: Any, run: Any) -> Any:
    """The state after a run over a hundred issues with short and long lists."""
    for number in range(100):
        workspace.issue(
            number, number, history=3 + number % 3, spans=40 if number == 7 else 2
        )
    return run(None, family).sync().states[-1]


def pages(of: Any) -> dict[str, tuple[int, bool]]:
    """Return the first page of each list that a run requested last."""
    document = of.tap.streams["issues"].document
    return {one.column: (one.first, one.has_cursor) for one in document.nested}


def test_the_state_counts_lists_by_length(learned: Any) -> None:
    lengths = learned["workspace"]["lengths"]
    assert lengths["issue_history"] == {"3": 34, "4": 33, "5": 33}
    assert lengths["issue_state_spans"] == {"2": 99, "40": 1}


def test_the_next_run_begins_with_the_pages_that_the_last_one_learned(
    learned: Any, workspace: Any, run: Any
) -> None:
    workspace.issue(200, 500, history=4, spans=2)
    again = run(learned, family)
    again.sync()
    first = pages(again)
    assert first["issue_history"][0] in {4, 5, 6}
    # A full page of spans is rare, so it is read again if it occurs.
    assert first["issue_state_spans"] == (3, False)


def test_every_row_of_every_list_is_written_once(workspace: Any, run: Any) -> None:
    wanted = dict.fromkeys(LISTS, 0)
    for number in range(300):
        history, spans = number % 13, 1 + number % 7
        if number % 97 == 0:
            history, spans = 300, 260
        workspace.issue(number, number // 4, history=history, spans=spans)
        wanted["issue_history"] += history
        wanted["issue_state_spans"] += spans
    whole = run(None, family)
    out = whole.sync()
    for name in LISTS:
        found = Counter(out.ids(name))
        assert set(found.values()) == {1}
        assert found.total() == wanted[name]
    assert pages(whole) != {
        "issue_history": (12, True),
        "issue_state_spans": (10, True),
    }


def test_the_rest_of_a_list_is_read_from_its_end_with_one_row_again(
    learned: Any, workspace: Any, run: Any
) -> None:
    key = workspace.issue(200, 500, history=3, spans=40)
    again = run(learned, family)
    sent = []
    execute = again.tap.context.client.execute

    def spy(document: str, variables: Any, points: float, *rows: int) -> Any:
        sent.append((document.split("(", maxsplit=1)[0], points))
        return execute(document, variables, points, *rows)

    again.tap.context.client.execute = spy
    out = again.sync()
    spans = workspace.rows.issue_state_spans[key]
    assert out.ids("issue_state_spans") == [span["id"] for span in spans]
    assert {one["issue_id"] for one in out.records("issue_state_spans")} == {key}
    # The first page has 3 rows; the longest list that is known had 40.
    (points,) = [each for name, each in sent if name == "query IssuesContinued"]
    assert points == pytest.approx(2 + (40 - 3 + 1) * 2.7)


def test_a_list_whose_end_is_not_returned_is_read_from_its_beginning(
    learned: Any, workspace: Any, run: Any, server: Any
) -> None:
    key = workspace.issue(200, 500, history=3, spans=300)
    name = "query IssuesContinued"
    server.fault("replaced", "linear", match=name, field="hasNextPage", value=True)
    out = run(learned, family).sync()
    spans = {span["id"] for span in workspace.rows.issue_state_spans[key]}
    assert set(out.ids("issue_state_spans")) == spans
    assert len(out.ids("issue_state_spans")) == 300


def test_one_request_continues_the_lists_of_both_kinds(
    workspace: Any, run: Any, requests: Any
) -> None:
    for number in range(10):
        workspace.issue(number, number, history=14, spans=14)
    requests()
    out = run(None, family).sync()
    assert [len(out.ids(name)) for name in LISTS] == [140, 140]
    assert requests()["IssuesContinued"] == 1


@pytest.mark.parametrize(
    "wrong",
    [7, [1], {"issue_history": 3}, {"issue_history": {"x": 1}},
     {"issue_history": {"3": -5}, "issue_state_spans": None},
     {"issue_history": {"3": "many"}}],
)  # fmt: skip
def test_lengths_that_are_damaged_are_ignored_and_learned_again(
    wrong: Any,
    learned: Any,
    workspace: Any,
    run: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    workspace.issue(200, 500, history=30, spans=30)
    learned["workspace"]["lengths"] = wrong
    with caplog.at_level(logging.WARNING):
        out = run(learned, family).sync()
    assert [len(out.ids(name)) for name in LISTS] == [30, 30]
    assert out.states[-1]["workspace"]["lengths"]["issue_history"] == {"30": 1}
    lines = [line for line in caplog.messages if "in the state are ignored" in line]
    assert 0 < len(lines) <= len(LISTS)


def test_lengths_that_no_longer_fit_cost_requests_but_no_rows(
    learned: Any, workspace: Any, run: Any
) -> None:
    learned["workspace"]["lengths"] = {name: {"1": 2_000} for name in LISTS}
    for number in range(200, 260):
        workspace.issue(number, 500, history=20, spans=20)
    out = run(learned, family).sync()
    assert [len(set(out.ids(name))) for name in LISTS] == [1_200, 1_200]


def test_an_unchanged_workspace_leaves_the_lengths_unchanged(
    learned: Any, run: Any
) -> None:
    again = run(learned, family).sync().states[-1]
    assert again["workspace"]["lengths"] == learned["workspace"]["lengths"]


@pytest.mark.parametrize(
    ("points", "requests", "needed", "price"),
    [
        (None, None, 1.0, CAPACITY),  # no response yet
        (3e6, 2_500, 1e6, CAPACITY),  # enough points: save requests
        (3e6, 2_500, 2e6, CHEAPEST_REQUEST),  # hardly enough: save points
        (3e6, 2_500, 2e7, CHEAPEST_REQUEST),  # not enough points: save points
        (3e6, 100, 2e7, CAPACITY),  # even fewer requests: save requests
        (10.0, 0, 2e7, CHEAPEST_REQUEST),
    ],
)
def test_a_request_is_worth_more_if_the_points_suffice(
    points: float | None, requests: int | None, needed: float, price: float
) -> None:
    limits = Limits(60, logging.getLogger("test"))
    limits.budgets["complexity"].remaining = points
    limits.budgets["requests"].remaining = requests
    assert limits.request_price(needed, CAPACITY) == price


def test_a_run_that_has_had_too_few_points_saves_them_to_its_end() -> None:
    limits = Limits(60, logging.getLogger("test"))
    limits.budgets["requests"].remaining = 2_500
    limits.budgets["complexity"].remaining = 1e6
    assert limits.request_price(2e6, CAPACITY) == CHEAPEST_REQUEST
    assert limits.request_price(1e4, CAPACITY) == CHEAPEST_REQUEST

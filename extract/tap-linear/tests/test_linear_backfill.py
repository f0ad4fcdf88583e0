"""With an end date, the tap reads a range of time and moves no bookmark."""

# ruff: noqa: ANN401 - conftest cannot be imported, so its fixtures have no names here
from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

START = datetime(2026, 1, 1, tzinfo=UTC)
RANGE = {
    "start_date": str(START + timedelta(seconds=100)),
    "end_date": str(START + timedelta(seconds=200)),
}
TIMES = (99.999, 100, 199.999, 200)


def test_only_rows_of_the_range_are_read_and_the_state_stays_as_it_is(
    workspace: Any, run: Any, requests: Any
) -> None:
    for number, seconds in enumerate(TIMES):
        workspace.issue(number, seconds)
        workspace.comment(number, seconds, number)
        workspace.attachment(number, seconds, number)
        workspace.session(number, seconds, number)
        workspace.cycle(number, seconds, [f"left-{number}"])
    first = run().sync()
    requests()
    out = run(first.state, **RANGE).sync()

    for stream in ("issues", "comments", "attachments", "agent_sessions"):
        everything = sorted(first.ids(stream))
        assert sorted(out.ids(stream)) == everything[1:3], stream
    for stream in ("issue_history", "issue_state_spans"):
        assert {row["issue_id"] for row in out.records(stream)} == {*out.ids("issues")}
    cycles = {row["cycle_id"] for row in out.records("cycle_uncompleted_issues")}
    assert cycles <= {workspace.CYCLE, *sorted(first.ids("cycles"))[1:3]}
    # The first message: the target checks the tables of the bookmarks.
    assert out.messages[0]["type"] == "STATE"
    assert out.states == [first.state]
    assert not out.activated()
    # Nothing that has no time of change is read, except what every run checks first.
    assert not out.records("users")
    assert sum(requests().values()) <= 9


def test_without_a_state_a_backfill_writes_none(workspace: Any, run: Any) -> None:
    workspace.issue(1, 150)
    out = run(**RANGE).sync()
    assert len(out.ids("issues")) == 1
    assert out.states == []


def test_the_ranges_of_a_row_of_months_are_every_row_once(
    workspace: Any, run: Any
) -> None:
    for number in range(60):
        workspace.issue(number, number * 86_400)
    ends = [str(START + timedelta(days=days)) for days in (0, 20, 40, 60)]
    found = [
        key
        for start, end in pairwise(ends)
        for key in run(start_date=start, end_date=end).sync().ids("issues")
    ]
    assert len(found) == len(set(found)) == 60


def test_the_next_run_continues_from_the_bookmark_before_the_backfill(
    workspace: Any, run: Any
) -> None:
    workspace.issue(1, 150)
    first = run().sync()
    workspace.issue(2, 500)
    backfill = run(first.state, **RANGE).sync()
    after = run(backfill.state).sync()
    assert len(after.ids("issues")) == 1
    assert after.ids("issues") != backfill.ids("issues")

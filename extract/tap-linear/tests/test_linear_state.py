# ruff: noqa: ANN401 - conftest cannot be imported, so its fixtures have no names here
from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest

from tap_linear.common.errors import SettingsError

FAMILY = {"issues", "issue_history", "issue_state_spans"}
INCREMENTAL = {*FAMILY, "comments", "attachments", "cycle_uncompleted_issues"}
KEYS = {"cycle_uncompleted_issues": ("cycle_id", "issue_id")}


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tap_linear.streams.batch_sizes.BATCH_ISSUES", 6)


@pytest.fixture(name="busy")
def _busy(workspace: Any) -> Any:
    """Forty issues, many on one moment, with children that overflow."""
    for number in range(40):
        workspace.issue(
            number, number // 5 * 30, history=number % 17, spans=number % 10
        )
        workspace.comment(number, number // 4 * 30, number)
        workspace.attachment(number, number // 3 * 30, number)
    issues = list(workspace.rows.issues)
    for number in range(12):
        workspace.cycle(number, number // 4 * 90, issues[:number])
    return workspace


def incremental(stream: str, *_: str) -> bool:
    return stream in INCREMENTAL


def keys(messages: list[Any]) -> set[tuple[str, ...]]:
    return {
        (one["stream"], *(one["record"][k] for k in KEYS.get(one["stream"], ("id",))))
        for one in messages
        if one["type"] == "RECORD" and one["stream"] in INCREMENTAL
    }


@pytest.mark.usefixtures("busy")
def test_a_state_has_one_shape_after_every_batch(run: Any) -> None:
    out = run(page_size=5).sync()
    assert len(out.states) > 20
    for state in out.states:
        assert set(state) - {"workspace"} == {"bookmarks"}
        assert set(state.get("workspace", {})) <= {
            "version", "organization", "teams", "rows", "lengths",
        }  # fmt: skip
        for stream, bookmark in state["bookmarks"].items():
            if stream not in INCREMENTAL:
                assert bookmark == {}
            elif bookmark:
                extra = {"digest", "last_id"} if stream in FAMILY else {"gaps", "read"}
                assert set(bookmark) - extra == {
                    "replication_key", "replication_key_value",
                }  # fmt: skip
    moments = [
        state["bookmarks"]["issues"]["replication_key_value"]
        for state in out.states
        if state["bookmarks"].get("issues")
    ]
    assert moments == sorted(moments)
    assert len(set(moments)) > 5
    last = out.states[-1]["bookmarks"]
    assert "gaps" not in last["comments"]


@pytest.mark.usefixtures("busy")
def test_a_replay_from_every_state_gives_the_same_union(run: Any) -> None:
    whole = run(None, incremental, page_size=5).sync()
    everything = keys(whole.messages)
    positions = [
        index for index, one in enumerate(whole.messages) if one["type"] == "STATE"
    ]
    for position in positions:
        before = whole.messages[: position + 1]
        rest = run(before[-1]["value"], incremental, page_size=5).sync()
        assert keys(before) | keys(rest.messages) == everything, position
        assert rest.states[-1] == whole.states[-1]


@pytest.mark.usefixtures("busy")
@pytest.mark.parametrize("after", [3, 30, 60, 150, 300, 500, 580])
def test_a_killed_run_resumes_at_its_last_state(after: int, run: Any) -> None:
    everything = keys(run(None, incremental, page_size=5).sync().messages)
    killed = run(None, incremental, page_size=5)
    killed.out.stop_after = after
    with pytest.raises(KeyboardInterrupt):
        killed.sync()
    states = killed.out.states
    rest = run(states[-1] if states else None, incremental, page_size=5).sync()
    assert keys(killed.out.messages) | keys(rest.messages) == everything


@pytest.mark.usefixtures("busy")
def test_a_run_killed_again_and_again_comes_to_the_end(
    run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tap_linear.streams.batch_sizes.BATCH_ISSUES", 2)
    everything = keys(run(None, incremental, page_size=5).sync().messages)
    state = None
    got: set[tuple[str, ...]] = set()
    runs = 0
    while runs < 60:
        runs += 1
        killed = run(state, incremental, page_size=5)
        killed.out.stop_after = 100
        try:
            killed.sync()
        except KeyboardInterrupt:
            pass
        else:
            break
        finally:
            got |= keys(killed.out.messages)
            state = killed.out.states[-1]
    assert got == everything
    assert 5 < runs < 30


def test_rows_that_come_and_change_between_killed_runs_are_all_read(
    busy: Any, run: Any
) -> None:
    state = None
    got: dict[str, str] = {}
    for round_ in range(12):
        busy.comment(100 + round_, 1_000 + 10 * round_, 1)
        busy.comment(round_, 1_005 + 10 * round_, 1)
        one = run(state, lambda stream, *_: stream == "comments", page_size=5)
        one.out.stop_after = 9 if round_ < 11 else None
        with suppress(KeyboardInterrupt):
            one.sync()
        for record in one.out.records("comments"):
            got[record["id"]] = record["updated_at"]
        state = one.out.states[-1] if one.out.states else state
    assert got == {key: row["updatedAt"] for key, row in busy.rows.comments.items()}


def test_the_state_is_not_ahead_of_a_batch_whose_children_failed(
    busy: Any, server: Any, run: Any
) -> None:
    failing = run(None, incremental, page_size=5)
    server.fault("unauthorized", "linear", match="IssuesContinued", count=0)
    with pytest.raises(SystemExit):
        failing.sync()
    written = set(failing.out.ids("issues"))
    server.clear_faults()
    rest = run(failing.out.states[-1], incremental, page_size=5).sync()
    missing = {row["id"] for row in busy.rows.issues.values()} - written
    assert missing
    assert missing <= set(rest.ids("issues"))


def test_a_damaged_state_ends_in_one_line(run: Any) -> None:
    state = {"bookmarks": {"issues": {"replication_key_value": "yesterday"}}}
    with pytest.raises(SettingsError) as ended:
        run(state)
    (line,) = ended.value.lines
    assert line.startswith(
        "The state is damaged: bookmarks.issues.replication_key_value is 'yesterday'"
    )


def test_a_state_of_the_sdks_own_shape_is_understood(workspace: Any, run: Any) -> None:
    workspace.issue(1, 10)
    key = workspace.issue(2, 500)
    bookmark = {
        "replication_key": "updated_at",
        "replication_key_value": "2026-01-01T00:05:00+00:00",
    }
    names = ("issues", "issue_history", "issue_state_spans")
    out = run({"bookmarks": dict.fromkeys(names, bookmark)}).sync()
    assert out.ids("issues") == [key]

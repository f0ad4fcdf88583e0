"""Class 9, changed settings and teams: nothing older is left out."""

# ruff: noqa: ANN401 - conftest cannot be imported, so its fixtures have no names here
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from sandbox.testing import ApiServer

MOVED = 90_000  # seconds after the start; everything else is older


def move(workspace: Any, key: str, team: str, former: str) -> None:
    """Let an issue move to another team, and its comments stay untouched."""
    row = workspace.rows.issues[key]
    moment = "2026-01-02T01:00:00.000Z"
    row |= {
        "teamId": team, "previousIdentifiers": [former], "updatedAt": moment,
        "addedToTeamAt": moment,
    }  # fmt: skip


@pytest.fixture
def teams(workspace: Any) -> tuple[str, str]:
    """IDs of the teams ENG and OPS, each with an issue that has what belongs to it."""
    eng, ops = workspace.team(), workspace.team(2, "OPS")
    for number, team in ((1, 1), (2, 2)):
        workspace.issue(number, 10, team=team)
        workspace.comment(number, 20, number)
        workspace.attachment(number, 30, number)
        workspace.session(number, 40, number)
    workspace.issue(3, 1_000)
    workspace.comment(3, 1_000, 3)
    workspace.attachment(3, 1_000, 3)
    workspace.session(3, 1_000, 3)
    return eng, ops


@pytest.mark.parametrize("stream", ["comments", "attachments", "agent_sessions"])
def test_what_belongs_to_an_issue_that_moves_into_the_teams_is_read_in_the_same_run(
    stream: str, teams: Any, workspace: Any, run: Any, caplog: Any
) -> None:
    state = run(teams=["ENG"]).sync().states[-1]
    move(workspace, workspace.issue(2, 10), teams[0], "OPS-2")
    out = run(state, teams=["ENG"]).sync()
    assert "2" in {key[-1] for key in out.ids(stream)}
    assert "1 issues came into the teams of teams" in caplog.text
    caplog.clear()
    again = run(out.states[-1], teams=["ENG"]).sync()
    assert {key[-1] for key in again.ids(stream)} == {"3"}  # the lookback shows it
    assert "came into" not in caplog.text
    assert "gaps" not in again.states[-1]["bookmarks"][stream]


def test_a_run_that_is_killed_before_it_reads_what_came_along_leaves_it_to_the_next(
    teams: Any, workspace: Any, run: Any
) -> None:
    state = run(teams=["ENG"]).sync().states[-1]
    move(workspace, workspace.issue(2, 10), teams[0], "OPS-2")
    wanted = ("issues", "comments", "attachments", "teams")

    def only(stream: str, *_: object) -> bool:
        return stream in wanted

    whole = run(state, only, teams=["ENG"]).sync()
    for stop in range(3, len(whole.messages), 2):
        killed = run(state, only, teams=["ENG"])
        killed.out.stop_after = stop
        with pytest.raises(KeyboardInterrupt):
            killed.sync()
        rest = run(killed.out.states[-1], only, teams=["ENG"]).sync()
        for stream in wanted[:3]:
            got = {*killed.out.ids(stream), *rest.ids(stream)}
            assert any(key.endswith("2") for key in got), (stop, stream)


def test_an_issue_that_leaves_and_comes_back_brings_what_was_written_meanwhile(
    teams: Any, workspace: Any, run: Any
) -> None:
    key = workspace.issue(1, 10)
    state = run(teams=["ENG"]).sync().states[-1]
    move(workspace, key, teams[1], "ENG-1")
    state = run(state, teams=["ENG"]).sync().states[-1]
    workspace.comment(7, MOVED + 10, 1)  # in OPS
    workspace.comment(3, MOVED + 20, 3)  # moves the bookmark past it
    state = run(state, teams=["ENG"]).sync().states[-1]
    row = workspace.rows.issues[key]
    row["teamId"] = teams[0]
    row["previousIdentifiers"] = ["ENG-1", "OPS-9"]
    row["updatedAt"] = row["addedToTeamAt"] = "2026-01-03T00:00:00.000Z"
    out = run(state, teams=["ENG"]).sync()
    assert {one[-1] for one in out.ids("comments")} >= {"1", "7"}


def test_an_issue_that_moved_long_ago_costs_nothing_more_when_it_changes(
    teams: Any, workspace: Any, run: Any, requests: Any
) -> None:
    state = run(teams=["ENG"]).sync().states[-1]
    key = workspace.issue(2, 10)
    move(workspace, key, teams[0], "OPS-2")
    workspace.issue(4, MOVED + 3_600)
    state = run(state, teams=["ENG"]).sync().states[-1]
    workspace.rows.issues[key]["updatedAt"] = "2026-01-05T00:00:00.000Z"
    requests()
    out = run(state, teams=["ENG"]).sync()
    assert [one[-1] for one in out.ids("issues")] == ["2"]
    assert requests()["Comments"] == 1


def test_what_belongs_to_an_issue_that_moves_out_stays_as_it_was(
    teams: Any, workspace: Any, run: Any
) -> None:
    state = run(teams=["ENG"]).sync().states[-1]
    move(workspace, workspace.issue(1, 10), teams[1], "ENG-1")
    workspace.comment(1, MOVED, 1)
    out = run(state, teams=["ENG"]).sync()
    (record,) = out.records("issues")
    assert record["team_id"] == teams[1]
    for stream in ("comments", "attachments"):
        assert {key[-1] for key in out.ids(stream)} == {"3"}  # the lookback shows it


def test_without_the_setting_a_move_costs_nothing_more(
    teams: Any, workspace: Any, run: Any, requests: Any
) -> None:
    state = run().sync().states[-1]
    move(workspace, workspace.issue(2, 10), teams[0], "OPS-2")
    requests()
    run(state).sync()
    assert requests()["Comments"] == 1


def test_another_choice_of_teams_reads_from_the_start(teams: Any, run: Any) -> None:
    del teams
    state = run(teams=["ENG"]).sync().states[-1]
    out = run(state, teams=["OPS"]).sync()
    for stream in ("issues", "comments", "attachments"):
        assert [key[-1] for key in out.ids(stream)] == ["2"]


@pytest.mark.parametrize("spelling", ["eng", " ENG ", "Eng"])
def test_a_team_in_another_case_is_the_same_team(
    spelling: str, teams: Any, run: Any, server: ApiServer
) -> None:
    del teams, server
    state = run(teams=["ENG"]).sync().states[-1]
    assert run(state, teams=[spelling]).sync().ids("issues") == []


def test_start_date_moved_later_loses_nothing_and_reads_nothing_again(
    teams: Any, run: Any
) -> None:
    del teams
    state = run(start_date="2026-01-01T00:00:00Z").sync().states[-1]
    out = run(state, start_date="2026-01-01T12:00:00Z").sync()
    assert out.ids("issues") == []
    assert {key[-1] for key in out.ids("comments")} == {"3"}  # the lookback shows it
    back = run(out.states[-1], start_date="2026-01-01T00:00:00Z").sync()
    assert back.ids("issues") == []


def test_start_date_moved_earlier_is_read_to_the_end_after_a_kill(
    teams: Any, workspace: Any, run: Any
) -> None:
    """Rows from before the first start_date are never read.

    https://github.com/MeltanoLabs/tap-gitlab/issues/42
    """
    del teams
    for number in range(10, 16):
        workspace.comment(number, 3_600 * number, 3)
    state = run(start_date="2026-01-01T12:30:00Z").sync().states[-1]
    killed = run(state, start_date="2026-01-01T00:00:00Z", page_size=2)
    killed.out.stop_after = 5
    with pytest.raises(KeyboardInterrupt):
        killed.sync()
    rest = run(killed.out.states[-1], start_date="2026-01-01T00:00:00Z").sync()
    got = {*killed.out.ids("comments"), *rest.ids("comments")}
    assert len(got) >= 3 + 3


def test_an_earlier_start_date_reads_the_older_part(
    workspace: Any, run: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """A bookmark hides that start_date was moved to an earlier date.

    https://github.com/meltano/meltano/pull/9408
    """
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

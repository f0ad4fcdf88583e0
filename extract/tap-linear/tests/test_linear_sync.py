# ruff: noqa: ANN401 - conftest cannot be imported, so its fixtures have no names here
from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from tap_linear.streams import STREAMS
from tap_linear.streams.listing import Listing

EVERY_DEFAULT_STREAM = [stream.name for stream in STREAMS if stream.selected_by_default]


def issue_id(workspace: Any, number: int) -> str:
    return str(UUID(int=(workspace.ISSUE << 64) + number))


def at(workspace: Any, number: int) -> str:
    found: str = workspace.rows.issues[issue_id(workspace, number)]["updatedAt"]
    return found


def test_an_empty_workspace_gives_its_schemas_and_no_rows(
    workspace: Any, run: Any
) -> None:
    workspace.rows.teams.clear()
    workspace.rows.workflow_states.clear()
    empty = run()
    with pytest.raises(SystemExit) as ended:
        empty.sync()
    assert "the credential sees no team of the workspace Test" in str(ended.value)
    out = empty.out
    schemas = [one["stream"] for one in out.messages if one["type"] == "SCHEMA"]
    assert sorted(schemas) == sorted(EVERY_DEFAULT_STREAM)
    records = {one["stream"] for one in out.messages if one["type"] == "RECORD"}
    assert records == {"organization"}


def test_a_schema_is_written_once_per_stream(workspace: Any, run: Any) -> None:
    for number in range(600):
        workspace.issue(number, number)
    out = run(page_size=100).sync()
    schemas = [one["stream"] for one in out.messages if one["type"] == "SCHEMA"]
    assert len(schemas) == len(set(schemas)) == len(EVERY_DEFAULT_STREAM)


def test_every_key_is_unique_in_a_first_run(workspace: Any, run: Any) -> None:
    for number in range(300):
        workspace.issue(number, number % 7, history=number % 40, spans=number % 20)
        workspace.comment(number, number % 7, number)
        workspace.attachment(number, number % 7, number)
    for number in range(30):
        workspace.cycle(number, number % 3, list(workspace.rows.issues)[: number * 9])
    out = run().sync()
    assert len(out.keys) == len(set(out.keys))
    assert len(out.records("cycle_uncompleted_issues")) == sum(n * 9 for n in range(30))
    assert len(out.ids("issue_history")) == sum(n % 40 for n in range(300))
    assert len(out.ids("issue_state_spans")) == sum(n % 20 for n in range(300))


def test_issues_come_oldest_first_and_after_their_children(
    workspace: Any, run: Any
) -> None:
    for number in range(300):
        workspace.issue(number, 300 - number, history=2)
    out = run().sync()
    moments = [record["updated_at"] for record in out.records("issues")]
    assert moments == sorted(moments)
    seen: set[str] = set()
    for one in out.messages:
        if one["type"] == "RECORD" and one["stream"] == "issue_history":
            seen.add(one["record"]["issue_id"])
        if one["type"] == "RECORD" and one["stream"] == "issues":
            assert one["record"]["id"] in seen


@pytest.mark.parametrize("count", [249, 250, 251, 500])
def test_a_page_that_is_exactly_full_is_neither_lost_nor_read_twice(
    count: int, workspace: Any, run: Any, requests: Any
) -> None:
    for number in range(count):
        workspace.issue(number, number)
        workspace.comment(number, number, number)
    out = run().sync()
    assert len(out.ids("issues")) == len(out.ids("comments")) == count
    asked = requests()
    pages = -(-count // 250)
    assert asked["IssuesChanged"] == asked["Comments"] == pages


def test_300_rows_on_one_millisecond_are_all_read_and_read_once(
    workspace: Any, run: Any
) -> None:
    for number in range(300):
        workspace.issue(number, 5)
        workspace.comment(number, 5, number)
    out = run().sync()
    assert len(set(out.ids("issues"))) == len(out.ids("issues")) == 300
    assert len(set(out.ids("comments"))) == len(out.ids("comments")) == 300


def test_an_unchanged_row_on_the_bookmark_is_not_read_again(
    workspace: Any, run: Any, requests: Any
) -> None:
    workspace.issue(1, 10)
    state = run().sync().states[-1]
    requests()
    assert run(state).sync().ids("issues") == []
    asked = requests()
    assert (asked["IssuesChanged"], asked["Issues"]) == (1, 0)


def test_another_row_that_appears_on_the_bookmark_is_read(
    workspace: Any, run: Any
) -> None:
    workspace.issue(1, 10)
    workspace.comment(1, 10, 1)
    state = run().sync().states[-1]
    second = workspace.issue(2, 10)
    third = workspace.comment(2, 10, 1)
    out = run(state).sync()
    assert second in out.ids("issues")
    assert third in out.ids("comments")


def test_a_row_that_appears_late_within_the_lookback_is_read(
    workspace: Any, run: Any
) -> None:
    workspace.issue(1, 100)
    workspace.comment(1, 100, 1)
    state = run().sync().states[-1]
    late, too_late = workspace.issue(2, 41), workspace.issue(3, 39)
    comment = workspace.comment(2, 41, 1)
    out = run(state, lookback_seconds=60).sync()
    assert late in out.ids("issues")
    assert comment in out.ids("comments")
    assert too_late not in out.ids("issues")


def test_an_issue_that_changed_is_read_with_all_of_its_history(
    workspace: Any, run: Any
) -> None:
    workspace.issue(1, 10, history=3)
    workspace.issue(2, 20, history=3)
    state = run(lookback_seconds=9).sync().states[-1]
    key = workspace.issue(1, 500, history=60)
    out = run(state, lookback_seconds=9).sync()
    assert out.ids("issues") == [key]
    assert len(out.ids("issue_history")) == 60


def test_archiving_is_seen_though_it_does_not_move_updated_at(
    workspace: Any, run: Any
) -> None:
    key = workspace.issue(1, 10)
    workspace.issue(2, 5_000)
    state = run().sync().states[-1]
    moment = "2026-02-01T00:00:00.000Z"
    workspace.rows.issues[key]["archivedAt"] = moment
    out = run(state).sync()
    (record,) = out.records("issues")
    assert record["id"] == key
    assert record["archived_at"] == moment
    assert out.states[-1]["bookmarks"]["issues"]["replication_key_value"] == moment
    assert run(out.states[-1]).sync().ids("issues") == []


def test_archived_rows_and_suspended_users_are_read(workspace: Any, run: Any) -> None:
    key = workspace.issue(1, 10, archivedAt="2026-01-05T00:00:00.000Z", trashed=True)
    user = workspace.add("users", str(UUID(int=1)), name="Gone", active=False)["id"]
    out = run().sync()
    assert out.ids("issues") == [key]
    assert out.ids("users") == [user]


def test_what_changes_while_the_tap_reads_is_read_by_the_next_run(
    workspace: Any, server: Any, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tap_linear.streams.batch_sizes.BATCH_ISSUES", 10)
    for number in range(40):
        workspace.issue(number, number)
    first = run(page_size=10)
    write = first.out.write_message

    def meddle(message: Any) -> None:
        write(message)
        if len(first.out.ids("issues")) == 5:  # while the first batch is written
            workspace.issue(35, 10_000)
            workspace.issue(2, 10_001)
            workspace.issue(50, 10_002)
            server.refresh()

    first.out.write_message = meddle
    out = first.sync()
    # What was listed decides: nothing that changed since moves the bookmark.
    bookmark = out.states[-1]["bookmarks"]["issues"]["replication_key_value"]
    assert bookmark == "2026-01-01T00:00:39.000Z"
    again = run(out.states[-1]).sync()
    changed = {issue_id(workspace, number) for number in (35, 2, 50)}
    assert changed <= set(again.ids("issues"))


def test_an_issue_that_changes_while_the_tap_lists_is_not_passed(
    workspace: Any, server: Any, run: Any
) -> None:
    for number in range(9):
        workspace.issue(number, number)
    first = run(page_size=3, lookback_seconds=0)
    clock = "2026-01-01T00:01:00.000Z"  # the first page is answered at second 60
    client = first.tap.context.client
    execute = client.execute
    pages = []

    def meddle(text: str, *rest: Any) -> Any:
        data = execute(text, *rest)
        if "IssuesChanged" in text:
            pages.append(data)
            client.answered_at = clock
            if len(pages) == 1:  # 2 moves to the page just read, then 1 is archived
                workspace.issue(2, 70)
                archived = workspace.rows.issues[issue_id(workspace, 1)]
                archived["archivedAt"] = "2026-01-01T00:01:20.000Z"
                server.refresh()
        return data

    client.execute = meddle
    out = first.sync()
    assert issue_id(workspace, 2) not in out.ids("issues")
    assert out.states[-1]["bookmarks"]["issues"]["replication_key_value"] == clock
    again = run(out.states[-1], lookback_seconds=0).sync()
    assert set(again.ids("issues")) == {issue_id(workspace, n) for n in (1, 2)}


def test_an_issue_deleted_between_listing_and_reading_is_passed_over(
    workspace: Any, server: Any, run: Any
) -> None:
    for number in range(10):
        workspace.issue(number, number)
    first = run()
    issues = first.tap.streams["issues"]
    hydrate = issues.hydrate

    def delete(ids: list[str]) -> Any:
        workspace.rows.issues.pop(issue_id(workspace, 3), None)
        workspace.rows.issues.pop(issue_id(workspace, 9), None)
        server.refresh()
        return hydrate(ids)

    issues.hydrate = delete
    assert len(first.sync().ids("issues")) == 8


def test_teams_narrow_every_stream_that_belongs_to_a_team(
    workspace: Any, run: Any
) -> None:
    workspace.team(2, "OPS")
    mine = workspace.issue(1, 1, team=1)
    theirs = workspace.issue(2, 2, team=2)
    comments = [workspace.comment(1, 1, 1), workspace.comment(2, 2, 2)]
    links = [workspace.attachment(1, 1, 1), workspace.attachment(2, 2, 2)]
    relation = workspace.add(
        "issue_relations", str(UUID(int=7)), type="blocks", issueId=theirs,
        relatedIssueId=mine,
    )["id"]  # fmt: skip
    out = run(teams=["eng"]).sync()
    assert out.ids("issues") == [mine]
    assert out.ids("comments") == comments[:1]
    assert out.ids("attachments") == links[:1]
    assert [record["key"] for record in out.records("teams")] == ["ENG"]
    assert len(out.ids("workflow_states")) == 1
    assert relation not in out.ids("issue_relations")
    assert relation in run(teams=["OPS"]).sync().ids("issue_relations")


def test_other_teams_in_the_setting_read_everything_again(
    workspace: Any, run: Any
) -> None:
    workspace.team(2, "OPS")
    mine, theirs = workspace.issue(1, 1), workspace.issue(2, 2, team=2)
    workspace.issue(3, 100)
    state = run(teams=["ENG"]).sync().states[-1]
    out = run(state, teams=["ENG", "OPS"]).sync()
    assert {mine, theirs} <= set(out.ids("issues"))
    assert run(out.states[-1], teams=["OPS", "ENG"]).sync().ids("issues") == []


def test_a_child_that_is_selected_later_is_read_for_every_issue(
    workspace: Any, run: Any
) -> None:
    for number in range(20):
        workspace.issue(number, number, history=2)
    without = lambda stream, *_: stream != "issue_history"  # noqa: E731
    state = run(None, without).sync().states[-1]
    assert "issue_history" not in state["bookmarks"]
    out = run(state, lambda *_: True).sync()
    assert len(out.ids("issue_history")) == 40
    assert run(out.states[-1]).sync().ids("issue_history") == []


def test_children_are_read_without_the_issues(workspace: Any, run: Any) -> None:
    workspace.issue(1, 1, history=2)
    out = run(None, lambda stream, *_: stream == "issue_history").sync()
    assert len(out.ids("issue_history")) == 2
    assert out.ids("issues") == []
    state = out.states[-1]
    assert (
        run(state, lambda stream, *_: stream == "issue_history")
        .sync()
        .ids("issue_history")
        == []
    )


def test_start_date_leaves_out_what_did_not_change_since(
    workspace: Any, run: Any
) -> None:
    for number in range(10):
        workspace.issue(number, number)
        workspace.comment(number, number, number)
    out = run(start_date="2026-01-01T01:00:05+01:00").sync()
    assert len(out.ids("issues")) == len(out.ids("comments")) == 5


def test_equal_digests_mean_equal_listings() -> None:
    def listing(*entries: tuple[int, int]) -> Listing:
        made = Listing()
        for number, second in entries:
            made.add(str(UUID(int=number)), f"2026-01-01T00:00:{second:02}.000Z")
        made.sort()
        return made

    start = "2026-01-01T00:00:05.000Z"
    one = listing((1, 4), (2, 5), (3, 9))
    assert one.digest(start, 3) == listing((3, 9), (2, 5)).digest(start, 2)
    assert one.digest(start, 3) != one.digest(start, 2)
    assert one.digest(start, 3) != listing((2, 6), (3, 9)).digest(start, 2)
    assert one.ids(1, 2) == [str(UUID(int=2)), str(UUID(int=3))]
    assert one.moment(2) == "2026-01-01T00:00:09.000Z"
    assert one.position_after("2026-01-01T00:00:05.000Z", str(UUID(int=1))) == 1
    assert one.position_after("2026-01-01T00:00:05.000Z", str(UUID(int=2))) == 2

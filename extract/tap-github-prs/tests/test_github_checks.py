"""check_suites: which are read, at which price, and what a gap does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from graphql import GraphQLError
from test_github_documents import EVERYTHING, price

from sandbox.github.store import GitHubStore
from tap_github_prs.common.errors import SettingsError
from tap_github_prs.documents.documents import Documents
from tap_github_prs.tap import TapGitHubPRs

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Host, Output, Reader

    from sandbox.testing import ApiServer

    Serve = Callable[[Host], Reader]
    Rows = list[dict[str, Any]]

COLUMNS = {"check_suites": None, "repositories": None}
APP = {
    "id": "A_1",
    "databaseId": 15_368,
    "name": "GitHub Actions",
    "slug": "github-actions",
    "url": "https://github.com/apps/github-actions",
    "createdAt": "2019-01-01T00:00:00Z",
    "updatedAt": "2019-01-01T00:00:00Z",
}


def now(**ago: int) -> str:
    return f"{datetime.now(UTC) - timedelta(**ago):%Y-%m-%dT%H:%M:%SZ}"


def run(name: str, conclusion: str | None = "SUCCESS", at: str = "") -> dict[str, Any]:
    return {
        "id": f"CR_{name}_{conclusion}_{at}",
        "name": name,
        "status": "COMPLETED" if conclusion else "IN_PROGRESS",
        "conclusion": conclusion,
        "startedAt": at or "2024-05-05T00:00:00Z",
        "completedAt": at or "2024-05-05T00:00:00Z",
    }


def suite(key: str, **facts: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """A check suite that succeeded long ago."""
    return {
        "id": f"CS_{key}",
        "app": APP,
        "status": "COMPLETED",
        "conclusion": "SUCCESS",
        "createdAt": "2024-05-05T00:00:00Z",
        "updatedAt": "2024-05-05T00:00:00Z",
        "runs": [run(f"test {key}")],
        **facts,
    }


def oid(n: int) -> str:
    return f"{n:040x}"


def commit(n: int, at: str) -> dict[str, Any]:
    return {
        "id": f"C_{oid(n)}",
        "oid": oid(n),
        "message": "Change",
        "author": {"name": "Ada"},
        "authoredDate": at,
        "committedDate": at,
        "additions": 1,
        "deletions": 1,
    }


class Checked:
    """A repository with commits and pull requests that were checked."""

    def __init__(self, host: Host, name: str = "one") -> None:
        self.host = host
        self.key = host.repository(name)
        self.row = host.world.github.repositories[self.key]
        self.suites: dict[str, Rows] = {}
        self.row["checkSuites"] = self.suites

    def push(self, n: int, *suites: dict[str, Any]) -> None:
        """Add a commit to the default branch."""
        tip = [one["oid"] for one in self.row["commits"][:1]]
        made = commit(n, self.host.second(n))
        self.row["commits"].insert(0, {**made, "parents": tip})
        self.suites[oid(n)] = list(suites)

    def propose(
        self,
        n: int,
        *suites: dict[str, Any],
        **facts: Any,  # noqa: ANN401 - JSON
    ) -> dict[str, Any]:
        """Add a pull request with a commit."""
        pull = self.host.pull_request(self.key, self.host.second(n), **facts)
        pull["commits"] = [{"id": f"PRC_{n}", "commit": commit(n, self.host.second(n))}]
        pull["headRefOid"] = oid(n)
        self.suites[oid(n)] = list(suites)
        return pull


@pytest.fixture
def checked(host: Host) -> Checked:
    """Three commits of a default branch and three pull requests, all checked."""
    found = Checked(host)
    for n in range(1, 4):
        found.push(n, suite(f"push{n}"))
    for n in range(11, 14):
        found.propose(n, suite(f"pull{n}"))
    return found


@pytest.fixture
def reader(checked: Checked, serve: Serve) -> Reader:
    return serve(checked.host)


@pytest.fixture
def columns(select: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    return select(**COLUMNS)


def ids(output: Output) -> list[str]:
    rows = output.records["check_suites"]
    return sorted(row["node_id"].removeprefix("CS_") for row in rows)


ALL = ["pull11", "pull12", "pull13", "push1", "push2", "push3"]


# What is read


def test_suites_of_heads_and_of_the_default_branch_are_read(
    checked: Checked, reader: Reader, columns: dict[str, Any]
) -> None:
    flaky = [run("test", "FAILURE", now()), run("test", "SUCCESS", now())]
    checked.suites[oid(12)][0] |= {
        "runs": flaky,
        "creatorId": "U_1",
        "workflowRun": {
            "id": "WFR_1",
            "runNumber": 7,
            "event": "pull_request",
            "url": "https://github.com/ada/one/actions/runs/7",
            "createdAt": now(),
            "updatedAt": now(),
            "workflow": {
                "id": "W_1",
                "databaseId": 3,
                "name": "CI",
                "url": "https://x",
            },
        },
    }

    output = reader.run(catalog=columns)

    assert ids(output) == ALL
    (row,) = [r for r in output.records["check_suites"] if r["node_id"] == "CS_pull12"]
    assert row["commit_oid"] == oid(12)
    assert (row["app_name"], row["app_slug"]) == ("GitHub Actions", "github-actions")
    assert (row["workflow_name"], row["workflow_run_number"]) == ("CI", 7)
    assert (row["event"], row["creator_login"]) == ("pull_request", "ada")
    assert [each["conclusion"] for each in row["runs"]] == ["FAILURE", "SUCCESS"]
    assert row["complete_listed_at"] == row["listed_at"]


def test_unless_it_is_selected_check_suites_are_not_requested(
    checked: Checked, reader: Reader
) -> None:
    output = reader.run()

    assert checked.suites
    assert not output.records["check_suites"]
    assert "HydrateCheckSuites" not in reader.requests
    tap = TapGitHubPRs(config={}, validate_config=False)
    text = Documents(
        {
            name: EVERYTHING[name]
            for name, stream in tap.streams.items()
            if stream.selected
        }
    ).repeated("Repositories", 20)
    assert "checkSuites" not in text
    assert "pullRequests" in text


def test_an_unchanged_repository_costs_one_request(
    reader: Reader, columns: dict[str, Any]
) -> None:
    first = reader.run(catalog=columns)
    reader.server.forget_stats()

    output = reader.run(first.state, catalog=columns)

    assert ids(output) == []
    assert sum(reader.requests.values()) == 1
    assert price(Documents(EVERYTHING).repeated("Repositories", 20))[0] == 1


def test_a_new_head_is_read_when_its_pull_request_changes(
    checked: Checked, reader: Reader, columns: dict[str, Any]
) -> None:
    first = reader.run(catalog=columns)
    pull = next(iter(checked.host.world.github.pull_requests.values()))
    pull["commits"].append({"id": "PRC_50", "commit": commit(50, now())})
    pull["updatedAt"] = checked.host.second(60)
    checked.suites[oid(50)] = [suite("pull50")]
    checked.push(51, suite("push51"))
    reader.server.refresh()

    output = reader.run(first.state, catalog=columns)

    assert ids(output) == ["pull50", "push51"]


def test_a_new_suite_of_the_head_of_the_default_branch_is_read(
    checked: Checked, reader: Reader, columns: dict[str, Any]
) -> None:
    first = reader.run(catalog=columns)
    nightly = suite("nightly", createdAt=now(), updatedAt=now())
    checked.suites[oid(3)].append(nightly)
    reader.server.refresh()

    output = reader.run(first.state, catalog=columns)

    assert ids(output) == ["nightly", "push3"]


@pytest.mark.parametrize("where", [2, 12])
def test_a_suite_that_failed_is_read_again_when_it_is_run_again(
    where: int, checked: Checked, reader: Reader, columns: dict[str, Any]
) -> None:
    (failed,) = checked.suites[oid(where)]
    failed |= {"conclusion": "FAILURE", "runs": [run("test", "FAILURE")]}
    failed |= {"createdAt": now(days=2), "updatedAt": now(days=2)}
    reader.server.refresh()
    first = reader.run(catalog=columns)
    unchanged = reader.run(first.state, catalog=columns)
    failed |= {"conclusion": "SUCCESS", "updatedAt": now()}
    failed["runs"].append(run("test", "SUCCESS", now()))
    reader.server.refresh()

    again = reader.run(unchanged.state, catalog=columns)
    watched = again.state["bookmarks"]["check_suites"]["partitions"][0].get("watched")

    assert ids(unchanged) == []
    (row,) = again.records["check_suites"]
    assert [each["conclusion"] for each in row["runs"]] == ["FAILURE", "SUCCESS"]
    assert watched is None


def test_an_unfinished_suite_is_read_in_each_run_until_it_is_finished(
    checked: Checked, reader: Reader, columns: dict[str, Any]
) -> None:
    (running,) = checked.suites[oid(12)]
    running |= {"status": "IN_PROGRESS", "conclusion": None}
    running |= {"createdAt": now(minutes=5), "updatedAt": now(minutes=5)}
    reader.server.refresh()
    outputs = [reader.run(catalog=columns)]
    outputs.append(reader.run(outputs[-1].state, catalog=columns))
    # Not its `updatedAt`: a run has ended, and the suite says nothing of it.
    running |= {"status": "COMPLETED", "conclusion": "SUCCESS", "updatedAt": now()}
    reader.server.refresh()
    outputs.append(reader.run(outputs[-1].state, catalog=columns))
    outputs.append(reader.run(outputs[-1].state, catalog=columns))

    assert [ids(each) for each in outputs] == [ALL, ["pull12"], ["pull12"], []]


def test_a_suite_that_an_app_never_uses_is_not_read_for_good(
    checked: Checked, reader: Reader, columns: dict[str, Any]
) -> None:
    for rows in checked.suites.values():
        idle: dict[str, Any] = {"status": "QUEUED", "conclusion": None, "runs": []}
        key = f"idle {rows[0]['id']}"
        ago = {"createdAt": now(days=2), "updatedAt": now(days=2)}
        rows.append(suite(key, **idle, **ago))
    reader.server.refresh()
    first = reader.run(catalog=columns)
    reader.server.forget_stats()

    second = reader.run(first.state, catalog=columns)

    assert len(ids(first)) == 12
    assert ids(second) == []
    assert sum(reader.requests.values()) == 1


def test_a_suite_that_is_gone_shows_by_its_listed_at(
    checked: Checked, reader: Reader, columns: dict[str, Any]
) -> None:
    checked.suites[oid(13)].append(suite("gone"))
    reader.server.refresh()
    first = reader.run(catalog=columns)
    checked.suites[oid(13)].pop()
    for pull in checked.host.world.github.pull_requests.values():
        if pull["headRefOid"] == oid(13):
            pull["updatedAt"] = checked.host.second(60)
    reader.server.refresh()
    for row in first.records["check_suites"]:  # as if it were a minute ago
        row["listed_at"] = row["complete_listed_at"] = now(minutes=1)

    second = reader.run(first.state, catalog=columns)

    held = {r["node_id"]: r for r in first.records["check_suites"]}
    held |= {r["node_id"]: r for r in second.records["check_suites"]}
    of_commit = [r for r in held.values() if r["commit_oid"] == oid(13)]
    complete = max(r["complete_listed_at"] for r in of_commit)
    gone = [r["node_id"] for r in of_commit if r["listed_at"] < complete]
    assert ids(second) == ["pull13"]
    assert gone == ["CS_gone"]


def test_a_suite_of_two_commits_in_one_pull_request_is_of_its_own_commit(
    checked: Checked, reader: Reader, columns: dict[str, Any]
) -> None:
    # A pull request whose head has arrived on the default branch, by a merge.
    checked.push(12, suite("pull12"))
    reader.server.refresh()

    output = reader.run(catalog=columns)

    assert ids(output) == ALL


def test_the_checks_of_a_fork_that_is_gone_are_read(
    checked: Checked, reader: Reader, columns: dict[str, Any]
) -> None:
    checked.propose(
        30,
        suite("fork"),
        isCrossRepository=True,
        headRepositoryId=None,
        headRefName="x",
    )
    reader.server.refresh()

    assert "fork" in ids(reader.run(catalog=columns))


def test_more_suites_and_more_runs_than_a_page_are_all_read(
    checked: Checked, reader: Reader, columns: dict[str, Any]
) -> None:
    checked.suites[oid(12)] = [suite(f"matrix{n}") for n in range(130)]
    huge = [run(f"job {n}") for n in range(170)]
    checked.suites[oid(13)][0]["runs"] = huge
    reader.server.refresh()

    output = reader.run(catalog=columns)

    rows = output.records["check_suites"]
    assert len({r["node_id"] for r in rows if r["commit_oid"] == oid(12)}) == 130
    (row,) = [r for r in rows if r["commit_oid"] == oid(13)]
    assert {each["name"] for each in row["runs"]} == {each["name"] for each in huge}
    complete = [
        r for r in rows if r["commit_oid"] == oid(12) and r["complete_listed_at"]
    ]
    assert len(complete) == 1


def test_a_start_date_leaves_older_commits_out_until_it_is_moved(
    checked: Checked, reader: Reader, columns: dict[str, Any]
) -> None:
    since = checked.host.second(3)

    output = reader.run(catalog=columns, start_date=since)
    then = reader.run(output.state, catalog=columns)

    assert ids(output) == ["pull11", "pull12", "pull13", "push3"]
    assert ids(then) == ALL


# What it costs


def test_check_suites_add_more_than_a_tenth_of_the_points_so_they_are_off() -> None:
    """1,000 pull requests, as many commits of the branch, 3 suites of each commit."""
    documents = Documents(EVERYTHING)
    listing = price(documents.text("ListPullRequests"))[0]
    batch = price(documents.text("HydratePullRequests"), 25)[0]
    pull_requests = 1_000 // 100 * listing + 1_000 // 25 * batch

    listed = {
        "ListPullRequests": 10,
        "ListHeadCheckSuites": 10,
        "ListBranchCheckSuites": 10,
        "HydrateCheckSuites": 60,
    }
    points = sum(
        count * price(documents.text(name), 100, 100)[0]
        for name, count in listed.items()
    )

    assert pull_requests == 330
    assert sum(listed.values()) == 90
    assert points == 110
    assert points > pull_requests / 10
    assert (
        not TapGitHubPRs(config={}, validate_config=False)
        .streams["check_suites"]
        .selected
    )


def test_100_commits_with_3_suites_cost_what_was_computed(
    host: Host, serve: Serve, columns: dict[str, Any]
) -> None:
    checked = Checked(host)
    for n in range(1, 101):
        checked.push(n, *(suite(f"push{n}.{k}") for k in range(3)))
        checked.propose(200 + n, *(suite(f"pull{n}.{k}") for k in range(3)))
    reader = serve(host)

    output = reader.run(catalog=columns)

    assert len(ids(output)) == 600
    stats = reader.server.stats()["github"]
    assert reader.requests["ListHeadCheckSuites"] == 1
    assert reader.requests["ListBranchCheckSuites"] == 1
    assert reader.requests["HydrateCheckSuites"] == 6
    assert stats["points"] == 1 + 2 + 2 + 6


# Faults


@pytest.mark.parametrize("die_at", range(3, 30, 4))
def test_killed_at_any_message_and_resumed_every_suite_is_there(
    die_at: int, host: Host, serve: Serve, columns: dict[str, Any]
) -> None:
    for name in ("one", "two"):
        checked = Checked(host, name)
        for n in range(1, 6):
            checked.push(n, suite(f"{name} push{n}"))
            checked.propose(10 + n, suite(f"{name} pull{n}"))
    reader = serve(host)
    whole = reader.run(catalog=columns)

    killed = reader.run(catalog=columns, die_at=die_at)
    state = killed.state if killed.states else None
    resumed = reader.run(state, catalog=columns)

    assert len(ids(whole)) == 20
    assert {*ids(killed), *ids(resumed)} == set(ids(whole))


@pytest.mark.parametrize(
    ("match", "field"),
    [
        ("ListHead", "checkSuites"),
        ("ListHead", "commits"),
        ("ListBranch", "checkSuites"),
        ("ListBranch", "history"),
        ("Hydrate", "checkRuns"),
    ],
)
def test_what_is_refused_is_requested_again_by_the_next_run(
    match: str, field: str, reader: Reader, columns: dict[str, Any]
) -> None:
    reader.server.fault(
        "null-children", "github", field=field, match=match, code="FORBIDDEN"
    )

    output = reader.fail("check suites of ada/one", catalog=columns)
    reader.server.clear_faults()
    then = reader.run(output.state, catalog=columns)
    last = reader.run(then.state, catalog=columns)

    assert set(ids(output)) < set(ALL)
    assert {*ids(output), *ids(then)} == set(ALL)
    assert ids(last) == []


def test_every_suite_of_the_company_s_heads_and_default_branches_is_read(
    server: ApiServer,
    read_company: Callable[[ApiServer], Reader],
    columns: dict[str, Any],
) -> None:
    github = server.world.github
    store = GitHubStore(github, server.world.now)
    expected: dict[str, int] = {}
    for repository in github.repositories.values():
        heads = [
            row["commits"][-1]["commit"]
            for row in github.pull_requests.values()
            if row["repositoryId"] == repository["id"] and row["commits"]
        ]
        for one in (*heads, *repository["commits"]):
            for row in store.check_suites({**one, "repository": repository}):
                expected[row["id"]] = len(row["runs"])

    output = read_company(server).run(catalog=columns)

    rows = output.records["check_suites"]
    assert {row["node_id"]: len(row["runs"]) for row in rows} == expected
    assert len(rows) == len(expected) > 100
    flaky = [
        r for r in rows if len({run["name"] for run in r["runs"]}) < len(r["runs"])
    ]
    assert flaky


def test_a_token_without_permission_for_checks_ends_no_run(
    reader: Reader,
    columns: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    schema = reader.server._sandbox.graphql.engine.schema
    field = schema.type_map["Commit"].fields["checkSuites"]

    def refuse(*_: object, **__: object) -> None:
        message = "Resource not accessible by personal access token"
        raise GraphQLError(message, extensions={"type": "FORBIDDEN"})

    monkeypatch.setattr(field, "resolve", refuse)
    output = reader.run(catalog=columns)
    monkeypatch.undo()
    then = reader.run(output.state, catalog=columns)
    monkeypatch.setattr(field, "resolve", refuse)
    lost = reader.fail("check suites of ada/one", then.state, catalog=columns)
    monkeypatch.undo()
    last = reader.run(lost.state, catalog=columns)

    assert "The check_suites of ada/one are not read: FORBIDDEN" in caplog.text
    assert "deselect the stream check_suites" in caplog.text
    assert output.records["repositories"]
    assert ids(then) == ALL
    assert (ids(lost), ids(last)) == ([], [])


def test_a_server_without_check_suites_stops_only_this_stream(
    reader: Reader, columns: dict[str, Any]
) -> None:
    reader.server.remove("Commit.checkSuites")

    output = reader.fail("stream check_suites", catalog=columns)

    assert output.records["repositories"]
    assert not output.records["check_suites"]


def test_a_server_without_workflows_leaves_out_their_columns(
    reader: Reader, columns: dict[str, Any]
) -> None:
    reader.server.remove("CheckSuite.workflowRun")

    output = reader.run(catalog=columns)

    assert ids(output) == ALL
    assert "workflow_name" not in output.records["check_suites"][0]
    assert "app_name" in output.records["check_suites"][0]


def test_runs_that_are_not_selected_are_not_requested(
    reader: Reader, select: Callable[..., dict[str, Any]]
) -> None:
    output = reader.run(catalog=select(check_suites=["node_id", "conclusion"]))

    assert ids(output) == ALL
    rows = output.records["check_suites"]
    assert all(row.keys() == {"node_id", "conclusion", "updated_at"} for row in rows)
    text = Documents({"check_suites": ["conclusion"]}).text("HydrateCheckSuites")
    assert "checkRuns" not in text


def test_a_commit_that_nobody_has_checked_has_no_row(
    checked: Checked, reader: Reader, columns: dict[str, Any]
) -> None:
    for rows in checked.suites.values():
        rows.clear()
    reader.server.refresh()

    first = reader.run(catalog=columns)

    assert ids(first) == ids(reader.run(first.state, catalog=columns)) == []


@pytest.mark.parametrize("operation", ["MoreCheckSuites", "MoreCheckRuns"])
def test_a_next_page_that_fails_is_read_by_the_next_run(
    operation: str, checked: Checked, reader: Reader, columns: dict[str, Any]
) -> None:
    many = [suite(f"matrix{n}") for n in range(60)]
    checked.suites[oid(12)] = many
    checked.suites[oid(2)][0]["runs"] = [run(f"job {n}") for n in range(120)]
    reader.server.refresh()
    reader.server.fault("server-error", "github", match=operation, count=0)
    output = reader.fail("check suites of ada/one", catalog=columns)
    reader.server.clear_faults()

    then = reader.run(output.state, catalog=columns)
    last = reader.run(then.state, catalog=columns)

    rows = output.records["check_suites"]
    where = oid(12) if operation == "MoreCheckSuites" else oid(2)
    assert not any(r["complete_listed_at"] for r in rows if r["commit_oid"] == where)
    assert len({*ids(output), *ids(then)}) == 65
    whole = [r for r in then.records["check_suites"] if r["commit_oid"] == where]
    assert sum(r["complete_listed_at"] is not None for r in whole) == 1
    assert ids(last) == []


def test_a_watched_commit_that_git_has_removed_is_forgotten(
    checked: Checked, reader: Reader, columns: dict[str, Any]
) -> None:
    checked.suites[oid(12)][0] |= {"conclusion": "FAILURE", "createdAt": now(days=1)}
    reader.server.refresh()
    first = reader.run(catalog=columns)
    for pull in checked.host.world.github.pull_requests.values():
        pull["commits"] = [one for one in pull["commits"] if one["id"] != "PRC_12"]
    reader.server.refresh()

    second = reader.run(first.state, catalog=columns)

    (before,) = first.state["bookmarks"]["check_suites"]["partitions"]
    (after,) = second.state["bookmarks"]["check_suites"]["partitions"]
    assert [one["oid"] for one in before["watched"]] == [oid(12)]
    assert "watched" not in after


def test_more_unread_commits_than_are_remembered_stop_the_bookmarks(
    host: Host, serve: Serve, columns: dict[str, Any]
) -> None:
    checked = Checked(host)
    for n in range(1, 121):
        checked.push(n, suite(f"push{n}"))
        checked.propose(200 + n, suite(f"pull{n}"))
    reader = serve(host)
    reader.server.fault(
        "null-children", "github", field="checkRuns", match="Hydrate", count=0
    )
    output = reader.fail("check suites of ada/one", catalog=columns)
    reader.server.clear_faults()

    then = reader.run(output.state, catalog=columns)
    last = reader.run(then.state, catalog=columns)

    assert len(ids(output)) < 240
    assert len({*ids(output), *ids(then)}) == 240
    assert ids(last) == []


def test_a_damaged_state_of_check_suites_ends_in_one_line(
    reader: Reader, columns: dict[str, Any]
) -> None:
    state = reader.run(catalog=columns).state
    (part,) = state["bookmarks"]["check_suites"]["partitions"]
    part["watched"] = [{"node_id": "C_1", "oid": 7, "suites": 1}]

    with pytest.raises(SettingsError, match="oid is 7, not text"):
        reader.run(state, catalog=columns)

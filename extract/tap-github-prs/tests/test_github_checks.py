"""check_suites: which are read, and at which price."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from handmade_checks import (
    ALL,
    COLUMNS,
    Checked,
    commit,
    ids,
    now,
    oid,
    run,
    suite,
    three_of_each,
)
from test_github_documents import EVERYTHING, price

from sandbox.github.store import GitHubStore
from tap_github_prs.documents.documents import Documents
from tap_github_prs.tap import TapGitHubPRs

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Reader
    from handmade import Host

    from sandbox.testing import ApiServer

    Serve = Callable[[Host], Reader]


@pytest.fixture
def checked(host: Host) -> Checked:
    return three_of_each(host)


@pytest.fixture
def reader(checked: Checked, serve: Serve) -> Reader:
    return serve(checked.host)


@pytest.fixture
def columns(select: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    return select(**COLUMNS)


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


def test_the_checks_of_a_head_that_has_arrived_on_the_default_branch_are_read_once(
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

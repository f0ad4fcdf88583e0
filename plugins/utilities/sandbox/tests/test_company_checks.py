"""The company's checks: how often they fail, how they proceed, how they are listed."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.company.checks import Pushed, check_suites
from sandbox.company.rows import DAY, HOUR, MINUTE, milliseconds

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.testing import ApiServer

    Ask = Callable[..., dict[str, Any]]

Row = dict[str, Any]
AT = milliseconds(datetime(2026, 3, 1, 9, tzinfo=UTC))
REPOSITORY: Row = {
    "id": "R_1",
    "url": "https://github.com/acme/api",
    "visibility": "PRIVATE",
    "createdAt": "2020-01-01T00:00:00Z",
    "hasChecks": True,
}
SUITES = """checkSuites(first: $first, after: $after) {
  totalCount pageInfo { hasNextPage endCursor }
  nodes { id status conclusion commit { oid } app { slug } workflowRun { event }
    latest: checkRuns(first: 50) { nodes { name } }
    every: checkRuns(first: 50, filterBy: {checkType: ALL}) { nodes { name } } } }"""
OF_COMMIT = f"""query($id: ID!, $first: Int!, $after: String) {{
  node(id: $id) {{ ... on Commit {{ oid {SUITES} }} }} }}"""


def of(n: int, event: str = "pull_request", later: int = 2 * DAY) -> list[Row]:
    """The suites of the n-th commit, some time later."""
    pushed = Pushed(f"{n:040x}"[::-1], AT, event)
    return check_suites(REPOSITORY, pushed, AT + later)


def names(suite: Row) -> list[str]:
    return [run["name"] for run in suite["runs"]]


def ci(suites: list[Row]) -> Row:
    return next(suite for suite in suites if len(suite["runs"]) > 1)


def failed(suite: Row) -> bool:
    return any(run["conclusion"] == "FAILURE" for run in suite["runs"])


@pytest.mark.parametrize(("event", "broken"), [("push", 0.1), ("pull_request", 0.25)])
def test_the_checks_fail_and_are_flaky_at_the_published_rates(
    event: str, broken: float
) -> None:
    workflows = [ci(of(n, event)) for n in range(2_000)]

    flaky = [one for one in workflows if failed(one) and one["conclusion"] == "SUCCESS"]
    assert len(flaky) / 2_000 == pytest.approx(1 / 11, abs=0.02)
    red = sum(one["conclusion"] == "FAILURE" for one in workflows)
    assert red / 2_000 == pytest.approx(broken, abs=0.03)
    assert {one["conclusion"] for one in workflows} == {
        "SUCCESS",
        "FAILURE",
        "CANCELLED",
    }
    for one in flaky:
        assert len(names(one)) == len(set(names(one))) + 1  # one job was run again


def test_some_runs_are_skipped_and_some_are_neutral() -> None:
    every = [suite for n in range(200) for suite in of(n, "push")]
    conclusions = {run["conclusion"] for suite in every for run in suite["runs"]}
    assert conclusions == {"SUCCESS", "FAILURE", "CANCELLED", "SKIPPED", "NEUTRAL"}


def test_a_suite_keeps_its_id_from_queued_to_completed() -> None:
    steps = [of(3, later=minutes * MINUTE) for minutes in (0, 1, 3, 5, 20, 90, 2_000)]
    for before, after in itertools.pairwise(steps):
        assert [s["id"] for s in before] == [s["id"] for s in after][: len(before)]
        for old, new in zip(before, after, strict=False):
            assert old["updatedAt"] <= new["updatedAt"]
    assert steps[0] == []
    states = {suite["status"] for suites in steps for suite in suites}
    assert states == {"QUEUED", "IN_PROGRESS", "COMPLETED"}
    for suite in (suite for suites in steps for suite in suites):
        assert ("conclusion" in suite) == (suite["status"] == "COMPLETED")


def test_an_app_that_never_writes_a_check_leaves_a_queued_suite_without_runs() -> None:
    (idle,) = (suite for suite in of(1) if suite["status"] == "QUEUED")
    assert idle["runs"] == []


def test_checks_are_gone_after_the_retention_period() -> None:
    assert of(1, later=400 * DAY - HOUR)
    assert not of(1, later=400 * DAY + HOUR)
    public = REPOSITORY | {"visibility": "PUBLIC"}
    pushed = Pushed("a" * 40, AT, "push")
    assert check_suites(public, pushed, AT + 90 * DAY - HOUR)
    assert not check_suites(public, pushed, AT + 90 * DAY + HOUR)


@pytest.fixture
def head(api: ApiServer) -> Row:
    """The head of a pull request of which a check was run again."""
    world = api.world
    for pull in world.github.pull_requests.values():
        commit = pull["commits"][-1]["commit"] if pull["commits"] else None
        repository = world.github.repositories[pull["repositoryId"]]
        if commit is None:
            continue
        pushed = Pushed.of(commit, "pull_request")
        suites = check_suites(repository, pushed, milliseconds(world.now))
        if any(len(names(suite)) > len(set(names(suite))) for suite in suites):
            return dict(commit)
    raise AssertionError


def test_the_suites_of_a_head_are_listed_page_by_page(head: Row, github: Ask) -> None:
    whole = github(OF_COMMIT, id=head["id"], first=100)["node"]["checkSuites"]
    pages, after = [], None
    while True:
        page = github(OF_COMMIT, id=head["id"], first=1, after=after)["node"]
        pages += page["checkSuites"]["nodes"]
        if not page["checkSuites"]["pageInfo"]["hasNextPage"]:
            break
        after = page["checkSuites"]["pageInfo"]["endCursor"]
    assert pages == whole["nodes"]
    assert len(pages) == whole["totalCount"] >= 3
    assert {suite["commit"]["oid"] for suite in pages} == {head["oid"]}
    assert {suite["app"]["slug"] for suite in pages} >= {"github-actions", "measured"}


def test_only_the_latest_run_of_a_name_comes_unless_all_are_requested(
    head: Row, github: Ask
) -> None:
    suites = github(OF_COMMIT, id=head["id"], first=100)["node"]["checkSuites"]
    suite = max(suites["nodes"], key=lambda one: len(one["every"]["nodes"]))
    every = [run["name"] for run in suite["every"]["nodes"]]
    latest = [run["name"] for run in suite["latest"]["nodes"]]
    assert sorted(set(every)) == sorted(latest)
    assert len(every) > len(latest)
    assert suite["workflowRun"]["event"] == "pull_request"


def test_a_suite_is_found_by_its_id_and_filtered_by_its_app(
    head: Row, github: Ask
) -> None:
    listed = github(OF_COMMIT, id=head["id"], first=100)["node"]["checkSuites"]["nodes"]
    query = (
        "query($ids: [ID!]!) { nodes(ids: $ids) { id ... on CheckSuite { status } } }"
    )
    found = github(query, ids=[suite["id"] for suite in listed])["nodes"]
    assert [{"id": s["id"], "status": s["status"]} for s in listed] == found
    filtered = """query($id: ID!) { node(id: $id) { ... on Commit {
      checkSuites(first: 9, filterBy: {appId: 254}) { nodes { app { slug } } } } } }"""
    nodes = github(filtered, id=head["id"])["node"]["checkSuites"]["nodes"]
    assert nodes == [{"app": {"slug": "measured"}}]


def test_every_commit_of_a_default_branch_can_be_found_by_its_id(
    api: ApiServer, github: Ask
) -> None:
    repository = next(iter(api.world.github.repositories.values()))
    ids = [commit["id"] for commit in repository["commits"][:5]]
    query = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    assert [node["id"] for node in github(query, ids=ids)["nodes"]] == ids

"""What a run costs, counted by the sandbox."""

# ruff: noqa: ANN401 - conftest cannot be imported, so its fixtures have no names here
from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from tap_linear.documents.document import TEAM_KEY, Document
from tap_linear.streams import STREAMS
from tap_linear.streams.reading import FEW
from tap_linear.streams.whole import WholeStream

if TYPE_CHECKING:
    from sandbox.testing import ApiServer

FAMILY = {
    "IssuesChanged", "Issues", "IssuesContinued",
}  # fmt: skip
OTHERS = [
    stream.name
    for stream in STREAMS
    if stream.selected_by_default
    and stream.name not in ("issues", "issue_history", "issue_state_spans")
]
WHOLE = [stream.name for stream in STREAMS if issubclass(stream, WholeStream)]


CONTINUED = {
    "cycle_uncompleted_issues": "CyclesContinued",
    "projects": "ProjectsContinued",
    "release_pipelines": "ReleasePipelinesContinued",
}


def operation(stream: str) -> str:
    return "".join(word.capitalize() for word in stream.split("_"))


def by_list(asked: Counter[str]) -> Counter[str]:
    """Count a request for several lists for each of them."""
    found: Counter[str] = Counter()
    for names, count in asked.items():
        for name in names.split("_"):
            found[name] += count
    return found


@pytest.fixture(scope="module")
def first_and_second(company: ApiServer, start: Any) -> Any:
    """Requests and messages of a first run and of one right after it."""
    found = []
    state = None
    for _ in range(2):
        company.forget_stats()
        out = start(company.linear_url, state).sync()
        state = out.states[-1]
        stats = company.stats()["linear"]
        assert set(stats["statuses"]) == {"200"}
        found.append((Counter(stats["operations"]), out, stats["points"]))
    return found


def test_a_first_load_costs_at_most_a_request_per_25_issues_and_two_per_250(
    first_and_second: Any,
) -> None:
    asked, out, _ = first_and_second[0]
    count = len(out.ids("issues"))
    assert count > 900
    assert len(out.ids("issue_history")) > 5 * count
    assert sum(asked[name] for name in FAMILY) <= 2 * count / 250 + count / 25


@pytest.mark.parametrize("stream", OTHERS)
def test_another_stream_costs_a_request_per_250_rows(
    stream: str, first_and_second: Any
) -> None:
    for requests, out, _ in first_and_second:
        asked = by_list(requests)
        pages = max(1, math.ceil(len(out.records(stream)) / 250))
        assert 1 <= asked[operation(stream)] + asked[CONTINUED.get(stream, "")] <= pages


def test_an_unchanged_workspace_costs_half_a_request_per_stream(
    first_and_second: Any,
) -> None:
    asked, _, points = first_and_second[1]
    assert asked.total() == 13 <= len(STREAMS) / 2
    assert points < 25_000


def test_an_unchanged_workspace_costs_one_page_of_each_list(
    first_and_second: Any,
) -> None:
    requests, out, _ = first_and_second[1]
    asked = by_list(requests)
    assert out.ids("issues") == out.records("cycle_uncompleted_issues") == []
    assert [name for name in asked if name.endswith("Continued")] == []
    for name in (
        "IssuesChanged", "Comments", "Attachments", "AgentSessions",
        "CycleUncompletedIssues",
    ):  # fmt: skip
        assert asked.pop(name) == 1
    small = [name for name in OTHERS if name in WHOLE]
    pages = sum(max(1, math.ceil(len(out.ids(name)) / 250)) for name in small)
    assert asked.total() == pages
    assert len(first_and_second[0][1].records("cycle_uncompleted_issues")) > 250


@pytest.mark.parametrize(
    "stream", [stream for stream in STREAMS if stream.is_optional], ids=str
)
def test_a_stream_that_is_on_by_default_adds_at_most_a_tenth_to_a_first_load(
    stream: Any, first_and_second: Any
) -> None:
    asked, out, points = first_and_second[0]
    assert out.records(stream.name)
    requests = by_list(asked)[operation(stream.name)]
    price = Document(stream.name, stream.table, lambda name: name != TEAM_KEY).cost()
    assert requests <= sum(asked.values()) / 10
    assert requests * price <= points / 10


def test_no_request_costs_more_points_than_its_document_was_priced(
    company: ApiServer, start: Any
) -> None:
    company.forget_stats()
    run = start(company.linear_url)
    priced = []
    execute = run.tap.context.client.execute

    def spy(document: str, variables: Any, points: float, *rows: int) -> Any:
        priced.append(points)
        return execute(document, variables, points, *rows)

    run.tap.context.client.execute = spy
    run.sync()
    assert max(priced) <= 7_000
    assert company.stats()["linear"]["points"] == pytest.approx(sum(priced), abs=0.1)


def test_one_changed_issue_is_not_charged_as_a_whole_page(
    workspace: Any, server: ApiServer, run: Any
) -> None:
    for number in range(3):
        workspace.issue(number, number)
    only_issues = lambda stream, *_: stream.startswith("issue")  # noqa: E731
    state = run(None, only_issues, lookback_seconds=0).sync().states[-1]
    workspace.issue(1, 100)
    server.forget_stats()
    chosen = run(state, lambda stream, *_: stream == "issues", lookback_seconds=0)
    chosen.sync()
    listing = 1 + 250 * (1 + 0.3 + 1.2)  # id, updatedAt, archivedAt; page info
    row = chosen.tap.streams["issues"].document.cost(1)
    teams = chosen.tap.streams["teams"].document.cost(FEW)
    points = server.stats()["linear"]["points"]
    assert points == pytest.approx(teams + listing + row)

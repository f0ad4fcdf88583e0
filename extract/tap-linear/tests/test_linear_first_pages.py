"""The first pages of small lists come together, and a fault stops only its own list."""

# ruff: noqa: ANN401 - conftest cannot be imported, so its fixtures have no names here
from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from tap_linear.documents.document import Document
from tap_linear.documents.selection import row, row_type, type_of, walk
from tap_linear.streams import (
    OF_TEAMS,
    PAIRS,
    PLANNED,
    RELEASED,
    STREAMS,
    TOGETHER,
    WORKSPACE,
)
from tap_linear.streams.whole import WholeStream

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sandbox.testing import ApiServer

WHOLE = [one.name for one in STREAMS if issubclass(one, WholeStream)]
SMALL = {one.name for group in TOGETHER for one in group}


@pytest.fixture(name="filled")
def _filled(workspace: Any) -> Any:
    """A workspace with a row in lists of every group."""
    workspace.issue(1, 1)
    workspace.release(1, (1,))
    workspace.customer(1)
    workspace.add("users", "00000000-0000-0000-0000-0000000000ab", name="A")
    workspace.add("initiatives", "00000000-0000-0000-0000-0000000000ac", projectIds=[])
    return workspace


def together(group: Iterable[type[WholeStream]]) -> str:
    """The name of the request for the first pages of a group."""
    return "_".join(stream.__name__ for stream in group)


def lists(of: ApiServer) -> Counter[str]:
    return Counter(of.stats()["linear"]["operations"])


def small(out: Any) -> dict[str, list[Any]]:
    """What a run wrote of the small lists."""
    return {name: sorted(out.records(name), key=str) for name in sorted(SMALL)}


def test_the_lists_of_a_small_workspace_cost_12_requests(
    filled: Any, server: ApiServer, run: Any
) -> None:
    out = run().sync()
    assert set(lists(server)) == {
        *map(together, (PAIRS, RELEASED, PLANNED, WORKSPACE)),
        # The price of a request is limited: the last list of this group has its own.
        together(OF_TEAMS[:-1]),
        together(OF_TEAMS[-1:]),
        "AgentSessions",
        "Comments",
        "Attachments",
        "CycleUncompletedIssues",
        "IssuesChanged",
        "Issues",
        "Users",
    }
    assert together(PAIRS) == "CustomerNeeds_IssueToReleases_IssueRelations"
    assert set(lists(server).values()) == {1}
    assert len(filled.rows.releases) == len(out.ids("releases")) == 1


def test_the_next_run_requests_as_many_rows_as_there_were(
    filled: Any, server: ApiServer, run: Any
) -> None:
    state = run().sync().states[-1]
    for number in range(40):
        filled.add("users", f"00000000-0000-0000-0001-{number:012}", name="B")
    server.forget_stats()
    out = run(state).sync()
    assert len(out.ids("users")) == 41
    # One user was known, so the first page has 11 rows; the second page is full.
    assert lists(server)["Users"] == 2
    assert lists(server)[together(WORKSPACE)] == 1
    server.forget_stats()
    run(out.states[-1]).sync()
    assert lists(server)["Users"] == 1


def test_a_list_that_is_longer_than_its_first_page_is_read_to_its_end(
    filled: Any, server: ApiServer, run: Any
) -> None:
    for number in range(600):
        filled.release(number, (1,))
    out = run().sync()
    assert len(set(out.ids("releases"))) == len(out.ids("releases")) == 600
    assert lists(server)["Customers_Releases"] == 1
    assert lists(server)["Releases"] == 2


@pytest.mark.parametrize("kind", ["server-error", "too-complex", "cut"])
def test_lists_that_cannot_be_read_together_are_read_one_by_one(
    kind: str,
    filled: Any,
    server: ApiServer,
    run: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    whole = small(run().sync())
    server.forget_stats()
    server.fault(kind, "linear", match="query Customers_Releases", count=1)
    out = run().sync()
    assert small(out) == whole
    assert (lists(server)["Customers"], lists(server)["Releases"]) == (1, 1)
    lines = [one for one in caplog.messages if "next attempt one by one" in one]
    assert [line.split(" failed")[0] for line in lines] == [
        "The first pages of customers, releases"
    ]
    assert filled.rows.customers


@pytest.mark.parametrize("how", ["removed", "refused", "a field"])
def test_a_list_that_is_gone_leaves_the_others_together(
    how: str, filled: Any, server: ApiServer, run: Any
) -> None:
    whole = small(run().sync())
    server.forget_stats()
    if how == "removed":
        server.remove("Query.releaseStages", api="linear")
    elif how == "refused":
        server.restrict(api="linear", refused=["Query.releaseStages"])
    else:
        server.remove("ReleaseStage.color", api="linear")
    out = run().sync()
    others = [name for name in SMALL if name != "release_stages"]
    assert {name: small(out)[name] for name in others} == {
        name: whole[name] for name in others
    }
    assert lists(server)["Cycles_ProjectMilestones_InitiativeToProjects"] == 1
    assert bool(out.ids("release_stages")) == (how == "a field")
    assert filled.rows.customers


def test_a_null_row_is_requested_again_by_its_own_list_only(
    filled: Any, server: ApiServer, run: Any
) -> None:
    whole = small(run().sync())
    server.forget_stats()
    page = {"nodes": [None], "pageInfo": {"hasNextPage": False}}
    name = "Organization_Teams"
    server.fault("replaced", "linear", match=name, field="teams", value=page)
    out = run().sync()
    assert small(out) == whole
    assert (lists(server)["Organization"], lists(server)["Teams"]) == (0, 1)
    assert filled.rows.teams


def test_no_list_refers_to_another_list_of_the_same_request() -> None:
    for group in TOGETHER:
        documents = [Document(one.name, one.table) for one in group]
        types = {row_type(one.root): one.name for one in documents}
        for one in documents:
            own = row_type(one.root)
            found = {
                types.get(type_of(field.field, field.type_name))
                for field in walk(row(one.root), own)
            }
            assert found <= {None, types[own]}, one.name


def test_every_small_list_is_read_together_with_others_or_needed_by_all() -> None:
    assert set(WHOLE) - SMALL == {"users", "issue_index"}

"""Linear's lists: their order, their pages, what they hide, and their filters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import requests

    from sandbox.testing import ApiServer

    Ask = Callable[..., dict[str, Any]]
    AskRaw = Callable[..., requests.Response]

PAGE = """query($after: String, $order: PaginationOrderBy, $first: Int) {
  issues(first: $first, after: $after, orderBy: $order, includeArchived: true) {
    nodes { id createdAt updatedAt }
    pageInfo { hasNextPage endCursor }
  }
}"""


def scan(ask: Ask, order: str, first: int = 50) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    after = None
    while True:
        page = ask(PAGE, after=after, order=order, first=first)["issues"]
        rows += page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            return rows
        after = page["pageInfo"]["endCursor"]


# Order and paging


@pytest.mark.parametrize("order", ["createdAt", "updatedAt"])
def test_rows_come_newest_first_each_once(
    linear: Ask, api: ApiServer, order: str
) -> None:
    rows = scan(linear, order)
    assert [row[order] for row in rows] == sorted(
        (row[order] for row in rows), reverse=True
    )
    assert {row["id"] for row in rows} == set(api.world.linear.issues)
    assert len(rows) == len(api.world.linear.issues)


def test_without_first_a_page_has_50_rows_and_without_order_createdat(
    linear: Ask,
) -> None:
    rows = linear("{ issues { nodes { createdAt } } }")["issues"]["nodes"]
    assert len(rows) == 50
    assert rows == sorted(rows, key=lambda row: str(row["createdAt"]), reverse=True)


def test_the_end_cursor_is_set_on_the_last_page_too(linear: Ask) -> None:
    info = linear("{ teams { pageInfo { hasNextPage endCursor } } }")["teams"][
        "pageInfo"
    ]
    assert info["hasNextPage"] is False
    assert info["endCursor"]


def test_a_row_touched_during_a_scan_moves_ahead_of_the_cursor(
    living: ApiServer, http: requests.Session
) -> None:
    def ask(query: str, **variables: object) -> dict[str, Any]:
        body = {"query": query, "variables": variables}
        headers = {"Authorization": "lin_api_sandbox"}
        found: dict[str, Any] = http.post(
            living.linear_url, json=body, headers=headers, timeout=30
        ).json()["data"]
        return found

    before = [row["id"] for row in scan(ask, "updatedAt")]
    first = ask(PAGE, order="updatedAt", first=10)["issues"]
    touched = living.world.linear.issues[before[20]]
    touched["updatedAt"] = "2030-01-01T00:00:00.000Z"
    living.refresh()
    rest: list[str] = []
    page = first
    while page["pageInfo"]["hasNextPage"]:
        after = page["pageInfo"]["endCursor"]
        page = ask(PAGE, order="updatedAt", first=10, after=after)["issues"]
        rest += [row["id"] for row in page["nodes"]]
    assert rest == [key for key in before[10:] if key != touched["id"]]


@pytest.mark.parametrize("first", [0, 251])
@pytest.mark.parametrize(
    "query",
    [
        "query($n: Int) { issues(first: $n) { nodes { id } } }",
        """query($n: Int) { issues(first: 1) { nodes {
             labels(first: $n) { nodes { id } } } } }""",
        """query($n: Int) { issues(first: 1) { nodes {
             history(first: $n) { nodes { id } } } } }""",
    ],
)
def test_first_is_1_to_250_nested_too(
    linear_raw: AskRaw, query: str, first: int
) -> None:
    assert linear_raw(query, n=250).status_code == 200
    response = linear_raw(query, n=first)
    assert response.status_code == 400
    assert "errors" in response.json()


def test_a_foreign_cursor_is_refused(linear_raw: AskRaw) -> None:
    response = linear_raw('{ issues(after: "bm9wZQ") { nodes { id } } }')
    assert response.status_code == 400


# What hides


def test_archived_rows_appear_only_when_asked_for(linear: Ask, api: ApiServer) -> None:
    archived = {
        key for key, row in api.world.linear.issues.items() if row.get("archivedAt")
    }
    assert archived
    query = """query($all: Boolean) {
      issues(first: 250, includeArchived: $all) { nodes { id } } }"""
    shown = {row["id"] for row in linear(query, all=False)["issues"]["nodes"]}
    assert not shown & archived
    everything = {row["id"] for row in scan(linear, "createdAt")}
    assert archived <= everything


def test_disabled_users_appear_only_when_asked_for(linear: Ask, api: ApiServer) -> None:
    users = api.world.linear.users.values()
    assert any(user["active"] is False for user in users)
    query = """query($all: Boolean) {
      users(first: 250, includeDisabled: $all) { nodes { active } } }"""
    assert all(row["active"] for row in linear(query, all=False)["users"]["nodes"])
    assert len(linear(query, all=True)["users"]["nodes"]) == len(users)


def test_archiving_does_not_move_updatedat(
    living: ApiServer, http: requests.Session
) -> None:
    row = next(
        row for row in living.world.linear.issues.values() if not row.get("archivedAt")
    )
    before = row["updatedAt"]
    living.event("archive-issue", identifier=row["identifier"])
    query = """query($id: ID!) {
      issues(filter: {id: {in: [$id]}}, includeArchived: true) {
        nodes { updatedAt archivedAt }
      } }"""
    response = http.post(
        living.linear_url,
        json={"query": query, "variables": {"id": row["id"]}},
        headers={"Authorization": "lin_api_sandbox"},
        timeout=30,
    )
    (found,) = response.json()["data"]["issues"]["nodes"]
    assert found["updatedAt"] == before
    assert found["archivedAt"]


# Filters


def ids(ask: Ask, root: str, kind: str, wanted: dict[str, Any]) -> list[str]:
    query = (
        f"query($f: {kind}) {{ {root}(first: 250, filter: $f, includeArchived: true)"
        " { nodes { id } } }"
    )
    return [row["id"] for row in ask(query, f=wanted)[root]["nodes"]]


def test_issues_can_be_asked_for_by_id(linear: Ask, api: ApiServer) -> None:
    wanted = list(api.world.linear.issues)[:3]
    assert set(
        ids(linear, "issues", "IssueFilter", {"id": {"in": [*wanted, "gone"]}})
    ) == set(wanted)


@pytest.mark.parametrize(
    ("operator", "keeps"),
    [
        ("gte", lambda value, at: value >= at),
        ("gt", lambda value, at: value > at),
        ("lt", lambda value, at: value < at),
        ("lte", lambda value, at: value <= at),
    ],
)
@pytest.mark.parametrize("key", ["updatedAt", "createdAt", "archivedAt"])
def test_a_timestamp_is_compared_to_the_millisecond(
    linear: Ask,
    api: ApiServer,
    key: str,
    operator: str,
    keeps: Callable[[str, str], bool],
) -> None:
    rows = [row for row in api.world.linear.issues.values() if row.get(key)]
    rows.sort(key=lambda row: str(row[key]))
    window = rows[-40:]
    at, floor = window[20][key], window[0][key]
    expected = {row["id"] for row in rows if row[key] >= floor and keeps(row[key], at)}
    for wanted in (
        {"and": [{key: {operator: at}}, {key: {"gte": floor}}]},
        {key: {"gte": floor} | {operator: at}},
    ):
        assert set(ids(linear, "issues", "IssueFilter", wanted)) == expected


def test_a_team_is_found_by_its_key_here_and_through_the_issue(
    linear: Ask, api: ApiServer
) -> None:
    team = next(iter(api.world.linear.teams.values()))
    issues = {
        key: row
        for key, row in api.world.linear.issues.items()
        if row["teamId"] == team["id"]
    }
    by_key = {"team": {"key": {"in": [team["key"]]}}}
    assert set(ids(linear, "issues", "IssueFilter", by_key)) <= set(issues)
    assert ids(linear, "issues", "IssueFilter", by_key)
    of_issue = {"issue": {"team": {"key": {"eq": team["key"]}}}}
    comments = ids(linear, "comments", "CommentFilter", of_issue)
    assert comments
    assert all(api.world.linear.comments[key]["issueId"] in issues for key in comments)


def test_null_and_not_null_references_can_be_filtered(
    linear: Ask, api: ApiServer
) -> None:
    without = ids(linear, "issues", "IssueFilter", {"assignee": {"null": True}})
    with_one = ids(linear, "issues", "IssueFilter", {"assignee": {"null": False}})
    rows = api.world.linear.issues
    assert all(rows[key].get("assigneeId") is None for key in without)
    assert all(rows[key].get("assigneeId") is not None for key in with_one)
    assert without
    assert with_one


def test_a_duration_counts_back_from_the_companys_present(
    linear: Ask, api: ApiServer
) -> None:
    found = ids(linear, "issues", "IssueFilter", {"updatedAt": {"gte": "-P7D"}})
    expected = {
        key
        for key, row in api.world.linear.issues.items()
        if row["updatedAt"] >= "2026-06-23T00:00:00.000Z"
    }
    assert set(found) == expected

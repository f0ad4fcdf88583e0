"""Linear: who asks, what is refused, what is left to spend, and what rows hold."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from graphql import (
    GraphQLObjectType,
    build_schema,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)

from sandbox.linear.roots import ROOTS, SDL

if TYPE_CHECKING:
    from collections.abc import Callable

    import requests
    from graphql import GraphQLNamedType

    from sandbox.testing import ApiServer

    Ask = Callable[..., dict[str, Any]]
    AskRaw = Callable[..., requests.Response]
    Check = Callable[[requests.Response, int, int], None]


def code(response: requests.Response) -> str:
    return str(response.json()["errors"][0]["extensions"]["code"])


# Who asks


@pytest.mark.parametrize(
    "authorization", [None, "lin_api_other", "Bearer lin_api_sandbox", "Bearer no"]
)
def test_an_unknown_credential_is_401_with_authentication_error(
    linear_raw: AskRaw, authorization: str | None
) -> None:
    response = linear_raw("{ viewer { id } }", authorization=authorization)
    assert (response.status_code, code(response)) == (401, "AUTHENTICATION_ERROR")


@pytest.mark.parametrize(
    ("authorization", "requests_limit"),
    [("lin_api_sandbox", "2500"), ("Bearer lin_oauth_sandbox", "2500")],
)
def test_a_key_goes_bare_and_an_oauth_token_as_bearer(
    linear_raw: AskRaw, authorization: str, requests_limit: str
) -> None:
    response = linear_raw("{ viewer { id } }", authorization=authorization)
    assert response.status_code == 200
    assert int(response.headers["x-ratelimit-requests-limit"]) >= int(requests_limit)


@pytest.mark.parametrize(
    "query",
    [
        "{ issueRelations(filter: {}) { nodes { id } } }",
        "{ teamMemberships(filter: {}) { nodes { id } } }",
        "{ issues(sort: []) { nodes { id } } }",
        "{ issues { nodes { nope } } }",
        "{ issues { nodes",
    ],
)
def test_what_the_schema_does_not_have_is_a_validation_error(
    linear_raw: AskRaw, query: str
) -> None:
    response = linear_raw(query)
    assert (response.status_code, code(response)) == (400, "GRAPHQL_VALIDATION_FAILED")


# Limits


def test_complexity_is_by_the_published_formula(linear_raw: AskRaw) -> None:
    # Connection 1, and 10 times: the node 1, a property 0.1, an object 1 with its 0.1.
    response = linear_raw("{ issues(first: 10) { nodes { id team { id } } } }")
    assert response.headers["x-complexity"] == "23"
    response = linear_raw("{ issues { nodes { id } } }")  # 50 where `first` is absent
    assert response.headers["x-complexity"] == "56"


def test_history_of_100_under_25_issues_costs_about_7300(linear_raw: AskRaw) -> None:
    properties = "id createdAt updatedAt fromStateId toStateId fromTitle toTitle"
    more = (
        "fromPriority toPriority fromEstimate toEstimate actorId fromCycleId toCycleId"
    )
    rest = "fromAssigneeId toAssigneeId addedLabelIds removedLabelIds archived"
    response = linear_raw(
        f"{{ issues(first: 25) {{ nodes {{ id history(first: 100)"
        f" {{ nodes {{ {properties} {more} {rest} }} }} }} }} }}"
    )
    assert 7_200 < int(response.headers["x-complexity"]) < 7_400


def test_above_10000_points_a_query_is_refused(linear_raw: AskRaw) -> None:
    query = "{ issues(first: 250) { nodes { id labels { nodes { id } } } } }"
    response = linear_raw(query)
    assert (response.status_code, code(response)) == (400, "INPUT_ERROR")
    message = response.json()["errors"][0]["message"]
    assert message.startswith("Query too complex")
    assert "Maximum allowed complexity: 10000" in message


def test_every_answer_says_what_is_left_and_when_in_milliseconds(
    linear_raw: AskRaw, assert_resets_within: Check
) -> None:
    answers = [linear_raw("{ viewer { id } }") for _ in range(2)]
    for name in ("requests", "complexity"):
        left = [int(one.headers[f"x-ratelimit-{name}-remaining"]) for one in answers]
        assert left[0] > left[1]
        reset = int(answers[1].headers[f"x-ratelimit-{name}-reset"])
        assert_resets_within(answers[1], reset // 1_000, 3_600)


@pytest.mark.parametrize("limits", [{"key.requests": 2}, {"key.complexity": 3}])
def test_a_spent_budget_is_400_ratelimited(
    api: ApiServer, linear_raw: AskRaw, limits: dict[str, int]
) -> None:
    api.limits(linear=limits)
    answers = [linear_raw("{ viewer { id } }") for _ in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 400] or [
        one.status_code for one in answers
    ] == [200, 400, 400]
    assert code(answers[-1]) == "RATELIMITED"
    assert "x-ratelimit-requests-reset" in answers[-1].headers


def test_a_budget_fills_up_when_its_window_ends(
    api: ApiServer, linear_raw: AskRaw
) -> None:
    api.limits(linear={"key.requests": 1}, window_seconds=0.2)
    assert linear_raw("{ viewer { id } }").status_code == 200
    time.sleep(0.25)
    assert linear_raw("{ viewer { id } }").status_code == 200


# Rows


def test_one_entity_is_found_by_id_or_identifier_and_not_otherwise(
    linear: Ask, linear_raw: AskRaw, api: ApiServer
) -> None:
    row = next(iter(api.world.linear.issues.values()))
    query = "query($id: String!) { issue(id: $id) { id identifier } }"
    for key in (row["id"], row["identifier"]):
        assert linear(query, id=key)["issue"]["id"] == row["id"]
    response = linear_raw(query, id="gone")
    assert response.json()["errors"][0]["message"] == "Entity not found: Issue"
    assert response.json()["data"] is None


def test_comments_of_bots_have_no_user_and_those_of_projects_no_issue(
    linear: Ask, api: ApiServer
) -> None:
    rows = api.world.linear.comments
    for key in ("userId", "issueId"):
        odd = next(row["id"] for row in rows.values() if row.get(key) is None)
        query = """query($id: ID!) { comments(filter: {id: {eq: $id}}) {
          nodes { user { id } issue { id } } } }"""
        (found,) = linear(query, id=odd)["comments"]["nodes"]
        assert found[key.removesuffix("Id")] is None


def test_label_ids_are_the_labels(linear: Ask) -> None:
    query = "{ issues(first: 50) { nodes { labelIds labels { nodes { id } } } } }"
    for row in linear(query)["issues"]["nodes"]:
        assert set(row["labelIds"]) == {one["id"] for one in row["labels"]["nodes"]}


def test_history_is_newest_first_and_goes_on_behind_its_cursor(
    linear: Ask, api: ApiServer
) -> None:
    key, held = max(api.world.linear.issue_history.items(), key=lambda one: len(one[1]))
    query = """query($id: String!, $after: String) { issue(id: $id) {
      history(first: 2, after: $after) {
        nodes { id issue { id } } pageInfo { hasNextPage endCursor } } } }"""
    found: list[str] = []
    after = None
    while True:
        page = linear(query, id=key, after=after)["issue"]["history"]
        found += [row["id"] for row in page["nodes"]]
        assert all(row["issue"]["id"] == key for row in page["nodes"])
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert found == [row["id"] for row in held]


def _leaf(type_: GraphQLObjectType) -> str:
    return "id" if "id" in type_.fields else "__typename"


def _selection(type_: GraphQLNamedType) -> str:
    """All leaves of a type, and below its references their ids."""
    assert isinstance(type_, GraphQLObjectType)
    parts = []
    for name, field in type_.fields.items():
        if any(is_required_argument(one) for one in field.args.values()):
            continue
        below = get_named_type(field.type)
        if is_leaf_type(below):
            parts.append(name)
        elif below.name.endswith("Connection"):
            node = get_named_type(below.fields["nodes"].type)
            page = f"nodes {{ {_leaf(node)} }} edges {{ cursor }}"
            parts.append(f"{name}(first: 2) {{ {page} }}")
        else:
            parts.append(f"{name} {{ {_leaf(below)} }}")
    return " ".join(parts)


@pytest.mark.parametrize("root", ROOTS)
def test_every_field_of_every_row_obeys_the_schema(linear: Ask, root: str) -> None:
    schema = build_schema(SDL)
    node = schema.type_map[ROOTS[root]]
    query = (
        "query($after: String) {"
        f" {root}(first: 30, after: $after, includeArchived: true)"
        f" {{ nodes {{ {_selection(node)} }}"
        " pageInfo { hasNextPage endCursor } } }"
    )
    after = None
    for _page in range(12):
        page = linear(query, after=after)[root]
        assert page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]


def test_the_organization_and_the_budget_can_be_asked_for(linear: Ask) -> None:
    schema = build_schema(SDL)
    selection = _selection(schema.type_map["Organization"])
    found = linear(
        f"{{ organization {{ {selection} }}"
        " rateLimitStatus { limits { type remainingAmount reset } } }"
    )
    assert found["organization"]["urlKey"]
    assert len(found["rateLimitStatus"]["limits"]) == 2

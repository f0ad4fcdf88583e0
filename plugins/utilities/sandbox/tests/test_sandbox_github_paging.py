"""GitHub's GraphQL: who asks, in which order rows come, and what a page costs."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.company import ORGANIZATION
from sandbox.github.cost import price
from sandbox.github.pull_request_fields import item_type

if TYPE_CHECKING:
    from collections.abc import Callable

    import requests

    from sandbox.testing import ApiServer

    Ask = Callable[..., dict[str, Any]]
    AskRaw = Callable[..., requests.Response]
    Largest = Callable[[ApiServer], dict[str, Any]]
    Check = Callable[[requests.Response, int, int], None]

LIST = """query(
  $owner: String!, $name: String!, $after: String, $by: IssueOrder!, $n: Int
) {
  repository(owner: $owner, name: $name) {
    pullRequests(first: $n, after: $after, orderBy: $by) {
      totalCount
      nodes { id number updatedAt createdAt }
      pageInfo { hasNextPage endCursor }
    } } }"""
# Sixty of the nodes of one pull request lie in four small connections.
COMPLETE = """query($ids: [ID!]!) { nodes(ids: $ids) { ... on PullRequest {
  labels(first: 20) { nodes { id } } assignees(first: 10) { nodes { id } }
  reviewRequests(first: 20) { nodes { id } }
  closingIssuesReferences(first: 10) { nodes { id } }
  reviews(first: 50) { nodes { id } }
  %s
  comments(first: 50) { nodes { id } }
  files(first: 100) { nodes { path } } commits(first: 100) { nodes { id } }
} } rateLimit { cost nodeCount remaining limit used resetAt } }"""
THREADS = "reviewThreads(first: 50) { nodes { comments(first: 20) { nodes { id } } } }"


@pytest.fixture
def busy(
    api: ApiServer, largest: Largest
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The repository with the most pull requests, and these."""
    repository = largest(api)
    return repository, [
        row
        for row in api.world.github.pull_requests.values()
        if row["repositoryId"] == repository["id"]
    ]


def scan(
    ask: Ask, repository: dict[str, Any], field: str, direction: str, n: int = 20
) -> list[dict[str, Any]]:
    owner, name = repository["nameWithOwner"].split("/")
    by = {"field": field, "direction": direction}
    rows: list[dict[str, Any]] = []
    after = None
    while True:
        found = ask(LIST, owner=owner, name=name, after=after, by=by, n=n)
        page = found["repository"]["pullRequests"]
        rows += page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            assert page["totalCount"] == len(rows)
            return rows
        after = page["pageInfo"]["endCursor"]


# Who asks


def test_without_a_credential_graphql_is_401(github_raw: AskRaw) -> None:
    assert github_raw("{ viewer { login } }", authorization=None).status_code == 401


@pytest.mark.parametrize("authorization", ["Bearer no", "sandbox-token", "Basic x"])
def test_an_unknown_credential_is_401_bad_credentials(
    github_raw: AskRaw, authorization: str
) -> None:
    response = github_raw("{ viewer { login } }", authorization=authorization)
    assert response.status_code == 401
    assert response.json()["message"] == "Bad credentials"


@pytest.mark.parametrize(
    "authorization", ["bearer sandbox-token", "token sandbox-token-2"]
)
def test_a_token_goes_as_bearer_or_token(
    github_raw: AskRaw, authorization: str
) -> None:
    response = github_raw("{ viewer { login } }", authorization=authorization)
    assert response.json()["data"]["viewer"]["login"]


# Order and paging


@pytest.mark.parametrize("direction", ["ASC", "DESC"])
@pytest.mark.parametrize(
    ("field", "key"), [("UPDATED_AT", "updatedAt"), ("CREATED_AT", "createdAt")]
)
def test_pull_requests_come_in_the_order_asked_for_each_once(
    github: Ask,
    busy: tuple[dict[str, Any], list[dict[str, Any]]],
    field: str,
    key: str,
    direction: str,
) -> None:
    repository, pulls = busy
    rows = scan(github, repository, field, direction)
    expected = sorted(
        pulls,
        key=lambda row: (row[key], row["number"]),
        reverse=direction == "DESC",
    )
    assert [row["id"] for row in rows] == [row["id"] for row in expected]


def test_a_pull_request_touched_during_a_scan_jumps_ahead_of_the_cursor(
    living: ApiServer, http: requests.Session, largest: Largest
) -> None:
    def ask(query: str, **variables: object) -> dict[str, Any]:
        response = http.post(
            f"{living.github_url}/graphql",
            json={"query": query, "variables": variables},
            headers={"Authorization": "Bearer sandbox-token"},
            timeout=30,
        )
        data: dict[str, Any] = response.json()["data"]
        return data

    repository = largest(living)
    owner, name = repository["nameWithOwner"].split("/")
    by = {"field": "UPDATED_AT", "direction": "DESC"}
    before = [row["id"] for row in scan(ask, repository, "UPDATED_AT", "DESC")]
    variables = {"owner": owner, "name": name, "by": by, "n": 4}
    page = ask(LIST, **variables)["repository"]["pullRequests"]
    touched = living.world.github.pull_requests[before[7]]
    touched["updatedAt"] = "2030-01-01T00:00:00Z"
    living.refresh()
    rest: list[str] = []
    while page["pageInfo"]["hasNextPage"]:
        after = page["pageInfo"]["endCursor"]
        page = ask(LIST, **variables, after=after)["repository"]["pullRequests"]
        rest += [row["id"] for row in page["nodes"]]
    assert rest == [key for key in before[4:] if key != touched["id"]]


@pytest.mark.parametrize(
    "key", ["reviews", "comments", "files", "commits", "timelineItems"]
)
def test_every_nested_list_goes_on_to_its_end(
    github: Ask, api: ApiServer, key: str
) -> None:
    pull = next(
        row
        for row in api.world.github.pull_requests.values()
        if len(row.get(key) or ()) > 3
    )
    held = list(pull[key])
    leaf = "path" if key == "files" else "id"
    kinds = (
        ", itemTypes: ["
        + ",".join(sorted({item_type(row["__typename"]) for row in held}))
        + "]"
        if key == "timelineItems"
        else ""
    )
    node = f"... on Node {{ {leaf} }}" if key == "timelineItems" else leaf
    query = f"""query($id: ID!, $after: String) {{
      node(id: $id) {{ ... on PullRequest {{
        {key}(first: 3, after: $after{kinds}) {{ totalCount
          nodes {{ {node} }} pageInfo {{ hasNextPage endCursor }} }} }} }} }}"""
    found: list[str] = []
    after = None
    while True:
        page = github(query, id=pull["id"], after=after)["node"][key]
        found += [row[leaf] for row in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert sorted(found) == sorted(row[leaf] for row in held)


def test_a_threads_comments_go_on_through_the_threads_own_id(
    github: Ask, api: ApiServer
) -> None:
    thread = max(
        (
            thread
            for pull in api.world.github.pull_requests.values()
            for thread in pull.get("reviewThreads") or ()
        ),
        key=lambda thread: len(thread["comments"]),
    )
    query = """query($id: ID!, $after: String) { node(id: $id) {
      ... on PullRequestReviewThread { comments(first: 1, after: $after) {
        nodes { id pullRequest { number } }
        pageInfo { hasNextPage endCursor } } } } }"""
    found: list[str] = []
    after = None
    while True:
        page = github(query, id=thread["id"], after=after)["node"]["comments"]
        found += [row["id"] for row in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert found == [row["id"] for row in thread["comments"]]


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        ("", "MISSING_PAGINATION_BOUNDARIES"),
        ("(first: 101)", "EXCESSIVE_PAGINATION"),
        ("(first: 0)", "INVALID_PAGINATION"),
    ],
)
def test_first_is_required_and_1_to_100(
    github_raw: AskRaw, arguments: str, kind: str
) -> None:
    query = (
        f'{{ organization(login: "{ORGANIZATION}")'
        f" {{ repositories{arguments} {{ nodes {{ id }} }} }} }}"
    )
    response = github_raw(query)
    assert response.status_code == 200
    assert response.json()["errors"][0]["type"] == kind


# Price


def test_25_complete_pull_requests_cost_15_points_and_35275_nodes(
    github: Ask, api: ApiServer
) -> None:
    wanted = list(api.world.github.pull_requests)[:25]
    found = github(COMPLETE % THREADS, ids=wanted)["rateLimit"]
    assert (found["cost"], found["nodeCount"]) == (15, 35_275)
    assert github(COMPLETE % "", ids=wanted)["rateLimit"]["cost"] == 2


def test_50_with_everything_at_100_are_refused_for_528050_nodes(
    github_raw: AskRaw, api: ApiServer
) -> None:
    query = (COMPLETE % THREADS).replace("first: 50", "first: 100")
    query = query.replace("comments(first: 20)", "comments(first: 100)")
    wanted = list(api.world.github.pull_requests)[:50]
    error = github_raw(query, ids=wanted).json()["errors"][0]
    assert error["type"] == "MAX_NODE_LIMIT_EXCEEDED"
    assert "528,050" in error["message"]


def test_a_dry_run_prices_a_query_without_spending(github: Ask, api: ApiServer) -> None:
    query = COMPLETE.replace("rateLimit", "rateLimit(dryRun: true)") % THREADS
    wanted = list(api.world.github.pull_requests)[:25]
    left = [github(query, ids=wanted)["rateLimit"]["remaining"] for _ in range(2)]
    assert left[0] == left[1]


def test_listing_100_pull_requests_costs_one_point(
    github: Ask, github_raw: AskRaw, api: ApiServer, largest: Largest
) -> None:
    del github
    owner, name = largest(api)["nameWithOwner"].split("/")
    by = {"field": "UPDATED_AT", "direction": "DESC"}
    used = [
        int(
            github_raw(LIST, owner=owner, name=name, by=by, n=100).headers[
                "x-ratelimit-used"
            ]
        )
        for _ in range(2)
    ]
    assert used[1] - used[0] == 1


def test_a_spent_budget_is_200_with_rate_limited_until_its_reset(
    api: ApiServer, github_raw: AskRaw, assert_resets_within: Check
) -> None:
    api.limits(github={"graphql": 1})
    assert "data" in github_raw("{ viewer { login } }").json()
    response = github_raw("{ viewer { login } }")
    assert response.status_code == 200
    assert response.json()["errors"][0]["type"] == "RATE_LIMITED"
    assert response.headers["x-ratelimit-remaining"] == "0"
    assert_resets_within(response, int(response.headers["x-ratelimit-reset"]), 3_600)


def test_each_token_has_a_budget_of_its_own(api: ApiServer, github_raw: AskRaw) -> None:
    api.limits(github={"graphql": 1})
    for token in ("sandbox-token", "sandbox-token-2"):
        response = github_raw("{ viewer { login } }", authorization=f"Bearer {token}")
        assert "data" in response.json()


def test_reset_is_in_seconds_in_headers_and_iso_in_the_answer(
    github_raw: AskRaw,
) -> None:
    response = github_raw("{ rateLimit { resetAt } }")
    at = datetime.fromisoformat(response.json()["data"]["rateLimit"]["resetAt"])
    assert int(at.timestamp()) == int(response.headers["x-ratelimit-reset"])


def test_ghes_knows_no_limits(api: ApiServer, github_raw: AskRaw) -> None:
    api.limits(github={"graphql": 1})
    url = f"{api.base_url}/ghes/api/graphql"
    for _ in range(3):
        response = github_raw("{ viewer { login } }", url=url)
        assert response.json()["data"]["viewer"]["login"]
        assert not [name for name in response.headers if name.startswith("x-ratelimit")]


def test_the_price_counts_a_connection_once_for_every_parent(api: ApiServer) -> None:
    engine = api._sandbox.graphql.engine  # the schema that is served
    prepared = engine.prepare(
        'query($n: Int!) { organization(login: "x") { repositories(first: $n) { nodes {'
        " pullRequests(first: 100) { nodes { id } } } } } }"
    )
    operation = engine.operation(prepared, None)
    found = price(engine.schema, prepared.document, operation, {"n": 100})
    assert (found.points, found.nodes) == (1, 100 + 100 * 100)

from __future__ import annotations

import time
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
from graphql import (
    build_schema,
    get_named_type,
    is_leaf_type,
    is_object_type,
    is_required_argument,
)

from sandbox.company import ORGANIZATION
from sandbox.github.api import SDL
from sandbox.github.cost import price
from sandbox.github.resolvers import item_type

if TYPE_CHECKING:
    from collections.abc import Callable

    import requests
    from graphql import GraphQLObjectType

    from sandbox.testing import ApiServer

    Ask = Callable[..., dict[str, Any]]
    AskRaw = Callable[..., requests.Response]

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


def largest(api: ApiServer) -> dict[str, Any]:
    """The repository with the most pull requests."""
    host = api.world.github
    counts: dict[str, int] = {}
    for row in host.pull_requests.values():
        counts[row["repositoryId"]] = counts.get(row["repositoryId"], 0) + 1
    return host.repositories[max(counts, key=lambda key: counts[key])]


def pulls_of(api: ApiServer, repository: dict[str, Any]) -> list[dict[str, Any]]:
    return [
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
    github: Ask, api: ApiServer, field: str, key: str, direction: str
) -> None:
    repository = largest(api)
    rows = scan(github, repository, field, direction)
    expected = sorted(
        pulls_of(api, repository),
        key=lambda row: (row[key], row["number"]),
        reverse=direction == "DESC",
    )
    assert [row["id"] for row in rows] == [row["id"] for row in expected]


def test_a_pull_request_touched_during_a_scan_jumps_ahead_of_the_cursor(
    living: ApiServer, http: requests.Session
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
    github: Ask, github_raw: AskRaw, api: ApiServer
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
    api: ApiServer, github_raw: AskRaw
) -> None:
    api.limits(github={"graphql": 1})
    assert "data" in github_raw("{ viewer { login } }").json()
    response = github_raw("{ viewer { login } }")
    assert response.status_code == 200
    assert response.json()["errors"][0]["type"] == "RATE_LIMITED"
    assert response.headers["x-ratelimit-remaining"] == "0"
    assert 0 < int(response.headers["x-ratelimit-reset"]) - time.time() <= 3_600


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


# What is not there


def test_a_missing_repository_is_not_found_and_null(github_raw: AskRaw) -> None:
    query = '{ repository(owner: "no", name: "body") { id } viewer { login } }'
    body = github_raw(query).json()
    assert body["data"]["repository"] is None
    assert body["data"]["viewer"]["login"]
    assert body["errors"][0]["type"] == "NOT_FOUND"
    assert body["errors"][0]["path"] == ["repository"]


def test_a_missing_node_is_null_among_good_ones(
    github_raw: AskRaw, api: ApiServer
) -> None:
    good = next(iter(api.world.github.pull_requests))
    body = github_raw(
        "query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=[good, "gone", good]
    ).json()
    assert body["data"]["nodes"] == [{"id": good}, None, {"id": good}]
    assert body["errors"][0]["type"] == "NOT_FOUND"
    assert body["errors"][0]["path"] == ["nodes", 1]


def test_an_unknown_field_is_refused_with_200(github_raw: AskRaw) -> None:
    response = github_raw("{ viewer { nope } }")
    assert response.status_code == 200
    assert "data" not in response.json()
    error = response.json()["errors"][0]
    assert error["extensions"]["code"] == "undefinedField"


def test_email_on_user_and_mannequin_is_a_conflict_unless_aliased(
    github_raw: AskRaw, api: ApiServer
) -> None:
    pull = next(iter(api.world.github.pull_requests))
    query = """query($id: ID!) { node(id: $id) { ... on PullRequest { author {
      ... on User { email } ... on Mannequin { %s } } } } }"""
    assert "errors" in github_raw(query % "email", id=pull).json()
    assert "errors" not in github_raw(query % "other: email", id=pull).json()


def test_a_renamed_repository_is_followed(
    living: ApiServer, http: requests.Session
) -> None:
    repository = largest(living)
    old = repository["nameWithOwner"]
    living.event("rename-repository", name_with_owner=old, name="renamed")
    owner, name = old.split("/")
    query = """query($o: String!, $n: String!) {
      repository(owner: $o, name: $n) { nameWithOwner } }"""
    body = http.post(
        f"{living.github_url}/graphql",
        json={"query": query, "variables": {"o": owner, "n": name}},
        headers={"Authorization": "Bearer sandbox-token"},
        timeout=30,
    ).json()
    assert body["data"]["repository"]["nameWithOwner"] == f"{owner}/renamed"


def test_an_empty_repository_has_no_default_branch(github: Ask, api: ApiServer) -> None:
    empty = next(
        row for row in api.world.github.repositories.values() if not row.get("commits")
    )
    owner, name = empty["nameWithOwner"].split("/")
    query = """query($o: String!, $n: String!) {
      repository(owner: $o, name: $n) { isEmpty defaultBranchRef { name } } }"""
    found = github(query, o=owner, n=name)["repository"]
    assert found == {"isEmpty": True, "defaultBranchRef": None}


# Rows


def test_ghosts_have_no_author_and_bots_no_bracket(github: Ask, api: ApiServer) -> None:
    comments = [
        row
        for pull in api.world.github.pull_requests.values()
        for row in pull["comments"]
    ]
    actors = api.world.github.actors
    ghost = next(row for row in comments if row.get("authorId") is None)
    bot = next(
        row
        for row in comments
        if actors.get(row.get("authorId"), {}).get("__typename") == "Bot"
    )
    query = """query($ids: [ID!]!) { nodes(ids: $ids) { ... on IssueComment {
      author { __typename login } } } }"""
    of_ghost, of_bot = github(query, ids=[ghost["id"], bot["id"]])["nodes"]
    assert of_ghost["author"] is None
    assert of_bot["author"]["__typename"] == "Bot"
    assert "[" not in of_bot["author"]["login"]


def test_members_carry_their_role(github: Ask, api: ApiServer) -> None:
    query = """query($login: String!) { organization(login: $login) {
      membersWithRole(first: 100) { totalCount edges { role node { login } } } } }"""
    found = github(query, login=ORGANIZATION)["organization"]["membersWithRole"]
    members = api.world.github.organizations[ORGANIZATION]["members"]
    assert len(found["edges"]) == found["totalCount"] == len(members)
    assert {edge["role"] for edge in found["edges"]} == {"ADMIN", "MEMBER"}


def test_the_default_branch_is_read_newest_first_between_two_instants(
    github: Ask, api: ApiServer
) -> None:
    repository = max(
        api.world.github.repositories.values(), key=lambda row: len(row["commits"])
    )
    owner, name = repository["nameWithOwner"].split("/")
    commits = repository["commits"]
    since, until = commits[-10]["committedDate"], commits[5]["committedDate"]
    expected = [row["oid"] for row in commits if since <= row["committedDate"] <= until]
    query = """query(
      $o: String!, $n: String!, $s: GitTimestamp, $u: GitTimestamp, $after: String
    ) {
      repository(owner: $o, name: $n) { defaultBranchRef { name target { ... on Commit {
        history(first: 20, since: $s, until: $u, after: $after) { totalCount
          nodes { oid parents(first: 1) { totalCount } author { user { login } } }
          pageInfo { hasNextPage endCursor } } } } } } }"""
    found: list[str] = []
    after = None
    while True:
        asked = {"o": owner, "n": name, "s": since, "u": until, "after": after}
        branch = github(query, **asked)["repository"]["defaultBranchRef"]
        page = branch["target"]["history"]
        found += [row["oid"] for row in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert found == expected
    assert page["totalCount"] == len(expected)


def test_timeline_items_can_be_asked_for_by_kind(github: Ask, api: ApiServer) -> None:
    pull = next(
        row
        for row in api.world.github.pull_requests.values()
        if any(one["__typename"] == "MergedEvent" for one in row["timelineItems"])
        and row["reviews"]
    )
    query = """query($id: ID!) { node(id: $id) { ... on PullRequest {
      timelineItems(first: 100, itemTypes: [MERGED_EVENT, PULL_REQUEST_REVIEW]) {
        filteredCount nodes { __typename } } } } }"""
    found = github(query, id=pull["id"])["node"]["timelineItems"]
    kinds = {row["__typename"] for row in found["nodes"]}
    assert kinds == {"MergedEvent", "PullRequestReview"}
    assert found["filteredCount"] == len(found["nodes"])


def _leaves(type_: GraphQLObjectType) -> str:
    parts = []
    for name, field in type_.fields.items():
        if any(is_required_argument(one) for one in field.args.values()):
            continue
        below = get_named_type(field.type)
        if is_leaf_type(below):
            parts.append(name)
        elif below.name.endswith("Connection"):
            parts.append(f"{name}(first: 1) {{ totalCount edges {{ cursor }} }}")
        else:
            parts.append(f"{name} {{ __typename }}")
    return " ".join(parts)


NESTED = {
    "reviews": "PullRequestReview",
    "comments": "IssueComment",
    "files": "PullRequestChangedFile",
    "labels": "Label",
    "closingIssuesReferences": "Issue",
    "reviewRequests": "ReviewRequest",
    "assignees": "User",
}


def test_every_field_of_every_row_obeys_the_schema(
    github_raw: AskRaw, api: ApiServer
) -> None:
    schema = build_schema(SDL)
    types = schema.type_map
    nested = " ".join(
        f"r_{key}: {key}(first: 20) {{ nodes {{ {_leaves(types[name])} }} }}"
        for key, name in NESTED.items()
    )
    comment, thread = (
        types["PullRequestReviewComment"],
        types["PullRequestReviewThread"],
    )
    events = " ".join(
        f"... on {one.name} {{ {_aliased(one)} }}"
        for one in types["PullRequestTimelineItems"].types  # type: ignore[attr-defined]
        if is_object_type(one) and one.name.endswith("Event")
    )
    document = f"""query($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on PullRequest {{
      {_leaves(types["PullRequest"])} {nested}
      author {{ __typename ... on User {{ {_leaves(types["User"])} }} }}
      r_threads: reviewThreads(first: 20) {{ nodes {{ {_leaves(thread)}
        r_comments: comments(first: 20) {{ nodes {{ {_leaves(comment)} }} }} }} }}
      r_commits: commits(first: 20) {{ nodes {{
        id url commit {{ {_leaves(types["Commit"])} }} }} }}
      r_events: timelineItems(first: 50) {{ nodes {{ __typename {events} }} }}
      repository {{ {_leaves(types["Repository"])} owner {{ login }} }}
    }} }} }}"""
    wanted = list(api.world.github.pull_requests)
    for start in range(0, len(wanted), 25):
        body = github_raw(document, ids=wanted[start : start + 25]).json()
        assert {one["message"] for one in body.get("errors", ())} == set()
        assert all(row["id"] for row in body["data"]["nodes"])


def _aliased(type_: GraphQLObjectType) -> str:
    """Fields under aliases: events of several kinds disagree on a field's type."""
    return " ".join(
        f"{type_.name}_{name}: {name}"
        + ("" if is_leaf_type(get_named_type(field.type)) else " { __typename }")
        for name, field in type_.fields.items()
        if not any(is_required_argument(one) for one in field.args.values())
    )


def test_the_price_counts_a_connection_once_for_every_parent(api: ApiServer) -> None:
    engine = api._sandbox.graphql.engine  # the schema that is served
    prepared = engine.prepare(
        'query($n: Int!) { organization(login: "x") { repositories(first: $n) { nodes {'
        " pullRequests(first: 100) { nodes { id } } } } } }"
    )
    operation = engine.operation(prepared, None)
    found = price(engine.schema, prepared.document, operation, {"n": 100})
    assert (found.points, found.nodes) == (1, 100 + 100 * 100)

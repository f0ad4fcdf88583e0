"""GitHub's GraphQL: what its rows hold, and what it answers where there are none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphql import (
    GraphQLObjectType,
    build_schema,
    get_named_type,
    is_leaf_type,
    is_object_type,
    is_required_argument,
)

from sandbox.company import ORGANIZATION
from sandbox.github.api import SDL

if TYPE_CHECKING:
    from collections.abc import Callable

    import requests
    from graphql import GraphQLNamedType

    from sandbox.testing import ApiServer

    Ask = Callable[..., dict[str, Any]]
    AskRaw = Callable[..., requests.Response]
    Largest = Callable[[ApiServer], dict[str, Any]]


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
    living: ApiServer, http: requests.Session, largest: Largest
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


def test_every_address_below_a_renamed_repository_has_its_new_name(
    living: ApiServer, http: requests.Session, largest: Largest
) -> None:
    repository = largest(living)
    old = repository["nameWithOwner"]
    pull = next(
        row
        for row in living.world.github.pull_requests.values()
        if row["repositoryId"] == repository["id"] and row["comments"]
    )
    living.event("rename-repository", name_with_owner=old, name="renamed")
    query = """query($id: ID!) { node(id: $id) { ... on PullRequest {
      url permalink comments(first: 1) { nodes { url } } repository { url } } } }"""
    headers = {"Authorization": "Bearer sandbox-token"}
    found = http.post(
        f"{living.github_url}/graphql",
        json={"query": query, "variables": {"id": pull["id"]}},
        headers=headers,
        timeout=30,
    ).text
    page = f"{old.partition('/')[0]}/renamed"
    rest = http.get(
        f"{living.github_url}/repos/{page}/issues/comments", headers=headers, timeout=30
    ).text
    for answer in (found, rest):
        assert f"https://github.com/{page}/pull/" in answer
        assert old not in answer


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


def _leaves(type_: GraphQLNamedType) -> str:
    assert isinstance(type_, GraphQLObjectType)
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

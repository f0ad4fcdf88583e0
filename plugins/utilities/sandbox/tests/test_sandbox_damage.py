"""Responses that are damaged, schemas that lose fields, tokens that see less."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests

from sandbox.control import ControlError
from sandbox.github.api import GitHubGraphQL
from sandbox.linear.access import Access as LinearAccess
from sandbox.linear.api import LinearApi

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sandbox.testing import ApiServer

    AskRaw = Callable[..., requests.Response]

REPOSITORIES = """query($login: String!, $first: Int = 3, $after: String) {
  organization(login: $login) {
    repositories(first: $first, after: $after) {
      nodes { id nameWithOwner createdAt }
      pageInfo { hasNextPage endCursor }
    }
  }
}"""
STARRED = """{ viewer {
  repositories(first: 1, orderBy: {field: STARGAZERS, direction: ASC}) { totalCount }
} }"""
EMAILS = "query($login: String!) { user(login: $login) { login email } }"


@pytest.fixture
def login(api: ApiServer) -> str:
    return next(iter(api.world.github.organizations))


@pytest.fixture(autouse=True)
def _whole(api: ApiServer) -> Iterator[None]:
    """Give back to the shared server what a test takes away."""
    yield
    api.clear_faults()
    api.remove()
    for token in ("", "sandbox-token", "sandbox-token-2"):
        api.restrict(token)


def listing(response: requests.Response) -> dict[str, Any]:
    found: dict[str, Any] = response.json()["data"]["organization"]["repositories"]
    return found


def test_a_response_that_trickles_sends_bytes_and_never_ends(
    api: ApiServer,
) -> None:
    api.fault("trickle", "github")
    headers = {"Authorization": "Bearer sandbox-token"}
    url = f"{api.github_url}/user"
    with requests.get(url, headers=headers, stream=True, timeout=10) as response:
        assert response.raw.read(3) == b"   "


def test_entries_of_a_list_are_null_with_an_error_each(
    api: ApiServer, github_raw: AskRaw, login: str
) -> None:
    api.fault("null-children", "github", field="repositories", every=2)
    response = github_raw(REPOSITORIES, login=login)

    assert [node is None for node in listing(response)["nodes"]] == [True, False, True]
    errors = response.json()["errors"]
    assert [error["path"][-2:] for error in errors] == [["nodes", 0], ["nodes", 2]]
    assert {error["type"] for error in errors} == {"FORBIDDEN"}


def test_entries_of_a_list_are_null_without_a_word(
    api: ApiServer, github_raw: AskRaw, login: str
) -> None:
    api.fault("null-children", "github", field="", every=1, code="none")
    response = github_raw(REPOSITORIES, login=login)

    assert listing(response)["nodes"] == [None, None, None]
    assert "errors" not in response.json()


def test_a_cursor_is_given_again_or_not_at_all(
    api: ApiServer, github_raw: AskRaw, login: str
) -> None:
    first = listing(github_raw(REPOSITORIES, login=login))["pageInfo"]["endCursor"]
    api.fault("repeated-cursor", "github", count=2)
    for _ in range(2):
        page = listing(github_raw(REPOSITORIES, login=login, after=first))
        assert page["pageInfo"] == {"hasNextPage": True, "endCursor": first}
    api.fault("repeated-cursor", "github", value="null")
    page = listing(github_raw(REPOSITORIES, login=login))
    assert page["pageInfo"] == {"hasNextPage": True, "endCursor": None}


@pytest.mark.parametrize("value", ["half \ud83d", "9999-99-99T99:99:99Z", [], {}, None])
def test_any_value_is_put_in_place_of_a_field(
    value: object, api: ApiServer, github_raw: AskRaw, login: str
) -> None:
    api.fault("replaced", "github", field="createdAt", value=value)
    nodes = listing(github_raw(REPOSITORIES, login=login))["nodes"]

    assert [node["createdAt"] for node in nodes] == [value] * 3


def test_half_a_surrogate_pair_in_a_row_is_served_as_json_can_write_it(
    api: ApiServer, github_raw: AskRaw, login: str
) -> None:
    row = next(iter(api.world.github.repositories.values()))
    before = row.get("description")
    row["description"] = "half \ud83d"
    try:
        query = REPOSITORIES.replace("createdAt", "description")
        content = github_raw(query, login=login, first=100).content
    finally:
        row["description"] = before
    assert rb"half \ud83d" in content


def test_a_refused_document_says_where_unless_the_refusal_is_vague(
    api: ApiServer, github_raw: AskRaw
) -> None:
    api.remove("User.email")
    (error,) = github_raw(EMAILS, login="x").json()["errors"]
    assert error["extensions"] == {
        "code": "undefinedField",
        "fieldName": "email",
        "typeName": "User",
    }
    assert error["message"] == "Field 'email' doesn't exist on type 'User'"
    assert error["locations"]

    api.fault("vague", "github")
    (error,) = github_raw(EMAILS, login="x").json()["errors"]
    assert set(error) == {"message"}
    api.fault("vague", "github", value="moved")
    (error,) = github_raw(EMAILS, login="x").json()["errors"]
    assert error["locations"] == [{"line": 1, "column": 1}]


@pytest.mark.parametrize(
    ("removed", "query", "code"),
    [
        ("Query.viewer", "{ viewer { login } }", "undefinedField"),
        (
            "Mannequin",
            "{ viewer { ... on Actor { ... on Mannequin { id } } } }",
            "undefinedType",
        ),
        (
            "RepositoryOrderField.STARGAZERS",
            STARRED,
            "argumentLiteralsIncompatible",
        ),
    ],
)
def test_roots_types_and_enum_values_are_removed_from_the_schema(
    removed: str, query: str, code: str, api: ApiServer, github_raw: AskRaw
) -> None:
    assert "errors" not in github_raw(query).json()
    api.remove(removed)
    assert github_raw(query).json()["errors"][0]["extensions"]["code"] == code
    api.remove()
    assert "errors" not in github_raw(query).json()


def test_a_schema_is_built_once_for_all_servers_of_a_process(api: ApiServer) -> None:
    github = api._sandbox.graphql.store
    first, second = GitHubGraphQL(github), GitHubGraphQL(github)
    whole = first.engine
    assert second.engine is whole
    first.remove("User.email")
    assert second.engine is whole is not first.engine
    first.remove()
    assert first.engine is whole

    workspace = api._sandbox.linear.store
    linear, other = LinearApi(workspace), LinearApi(workspace)
    linear.restrict(LinearAccess(refused=frozenset({"Query.issues"})))
    assert linear.engine is not other.engine
    linear.restrict(LinearAccess())
    assert linear.engine is other.engine


def test_a_token_sees_less_than_another(
    api: ApiServer, github_raw: AskRaw, rest: AskRaw, login: str
) -> None:
    name = listing(github_raw(REPOSITORIES, login=login))["nodes"][0]["nameWithOwner"]
    api.restrict("sandbox-token", hidden=[name.upper()])
    nodes = listing(github_raw(REPOSITORIES, login=login, first=100))["nodes"]
    others = requests.get(
        f"{api.github_url}/repos/{name}",
        headers={"Authorization": "Bearer sandbox-token-2"},
        timeout=10,
    )

    assert name not in [node and node["nameWithOwner"] for node in nodes]
    assert rest(f"/repos/{name}").status_code == 404
    assert others.status_code == 200


def test_single_sign_on_refuses_and_says_where_to_authorize(
    api: ApiServer, github_raw: AskRaw, rest: AskRaw, login: str
) -> None:
    name = listing(github_raw(REPOSITORIES, login=login))["nodes"][0]["nameWithOwner"]
    api.restrict(saml=[login])
    response = github_raw(REPOSITORIES, login=login)

    assert response.json()["data"] == {"organization": None}
    assert response.json()["errors"][0]["type"] == "FORBIDDEN"
    assert (
        f"url=https://github.com/orgs/{login}/sso" in response.headers["x-github-sso"]
    )
    refused = rest(f"/repos/{name}")
    assert refused.status_code == 403
    assert refused.headers["x-github-sso"] == response.headers["x-github-sso"]


def test_a_field_is_refused_to_a_token_without_its_scope(
    api: ApiServer, github_raw: AskRaw
) -> None:
    api.restrict("sandbox-token", refused=["User.email"])
    (error,) = github_raw(EMAILS, login="x").json()["errors"]

    assert error["type"] == "INSUFFICIENT_SCOPES"
    assert "The 'email' field requires" in error["message"]


def test_a_restriction_that_does_not_exist_is_refused_in_one_line(
    api: ApiServer,
) -> None:
    with pytest.raises(ControlError, match="not a restriction"):
        api.restrict("sandbox-token", blind=["x"])


def test_a_rest_page_links_to_itself(api: ApiServer, rest: AskRaw, login: str) -> None:
    api.fault("self-link", "github")
    response = rest(f"/orgs/{login}/repos")

    assert response.links["next"]["url"] == response.url


def test_a_row_that_is_poisoned_fails_every_page_that_holds_it(
    api: ApiServer, github_raw: AskRaw, login: str
) -> None:
    page = listing(github_raw(REPOSITORIES, login=login))
    cursor = page["pageInfo"]["endCursor"]
    api.fault("poisoned", "github", count=0, value=page["nodes"][0]["id"])

    assert github_raw(REPOSITORIES, login=login).status_code == 502
    assert github_raw(REPOSITORIES, login=login, after=cursor).status_code == 200

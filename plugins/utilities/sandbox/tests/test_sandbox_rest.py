from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from sandbox.company import ORGANIZATION

if TYPE_CHECKING:
    from collections.abc import Callable

    import requests

    from sandbox.testing import ApiServer

    AskRest = Callable[..., requests.Response]
    Check = Callable[[requests.Response, int, int], None]


def busiest(api: ApiServer) -> dict[str, Any]:
    """The repository with the most review comments on its pull requests."""
    host = api.world.github
    counts: dict[str, int] = {}
    for row in host.pull_requests.values():
        threads = row.get("reviewThreads") or ()
        n = sum(len(thread["comments"]) for thread in threads)
        key = row["repositoryId"]
        counts[key] = counts.get(key, 0) + n
    return host.repositories[max(counts, key=lambda key: counts[key])]


def follow(rest: AskRest, path: str) -> tuple[list[Any], list[str]]:
    """Every row behind a list's links, and the links."""
    rows: list[Any] = []
    links: list[str] = []
    response = rest(path)
    while True:
        assert response.status_code == 200
        rows += response.json()
        match = re.search(r'<([^>]+)>; rel="next"', response.headers.get("link", ""))
        if match is None:
            return rows, links
        links.append(match[1])
        base, _, rest_of_it = match[1].partition("/repositories/")
        response = rest(f"/repositories/{rest_of_it}", base=base)


def test_links_point_at_the_repositorys_id_and_can_be_followed_as_they_are(
    rest: AskRest, api: ApiServer
) -> None:
    repository = busiest(api)
    path = f"/repos/{repository['nameWithOwner']}/pulls/comments?per_page=7"
    rows, links = follow(rest, path)
    expected = [
        comment["fullDatabaseId"]
        for row in api.world.github.pull_requests.values()
        if row["repositoryId"] == repository["id"]
        for thread in row["reviewThreads"]
        for comment in thread["comments"]
    ]
    assert sorted(str(row["id"]) for row in rows) == sorted(expected)
    assert links
    assert all(f"/repositories/{repository['databaseId']}/" in link for link in links)


@pytest.mark.parametrize("kind", ["pulls", "issues"])
def test_comments_since_are_those_updated_at_or_after_it(
    rest: AskRest, api: ApiServer, kind: str
) -> None:
    name = busiest(api)["nameWithOwner"]
    rows, _ = follow(rest, f"/repos/{name}/{kind}/comments?per_page=100")
    stamps = sorted(row["updated_at"] for row in rows)
    since = stamps[-5]
    found, _ = follow(rest, f"/repos/{name}/{kind}/comments?since={since}&per_page=100")
    assert len(found) == sum(stamp >= since for stamp in stamps)


def test_rest_ids_are_graphqls_full_database_ids(rest: AskRest, api: ApiServer) -> None:
    repository = busiest(api)
    row = next(
        row
        for row in api.world.github.pull_requests.values()
        if row["repositoryId"] == repository["id"]
    )
    found = rest(f"/repos/{repository['nameWithOwner']}/pulls/{row['number']}").json()
    assert (str(found["id"]), found["node_id"]) == (row["fullDatabaseId"], row["id"])


def test_a_list_of_pull_requests_lacks_what_only_one_of_them_has(
    rest: AskRest, api: ApiServer
) -> None:
    name = busiest(api)["nameWithOwner"]
    listed = rest(f"/repos/{name}/pulls?state=all&per_page=1").json()[0]
    one = rest(f"/repos/{name}/pulls/{listed['number']}").json()
    assert {"additions", "deletions", "changed_files", "merged_by"} <= set(one) - set(
        listed
    )


def test_a_bot_has_its_bracket_in_rest(rest: AskRest, api: ApiServer) -> None:
    bot = next(
        row for row in api.world.github.actors.values() if row["__typename"] == "Bot"
    )
    assert rest(f"/users/{bot['login']}").json()["login"] == f"{bot['login']}[bot]"


def test_members_can_be_asked_for_by_role(rest: AskRest, api: ApiServer) -> None:
    members = api.world.github.organizations[ORGANIZATION]["members"]
    admins = rest(f"/orgs/{ORGANIZATION}/members?role=admin").json()
    assert len(admins) == sum(role == "ADMIN" for _, role in members)
    everyone = rest(f"/orgs/{ORGANIZATION}/members?per_page=100").json()
    assert len(everyone) == len(members)


def test_the_token_itself_can_be_looked_up(rest: AskRest) -> None:
    assert rest("/user").json()["login"]
    assert rest("/user", authorization=None).status_code == 401


# What is elsewhere, hidden, blocked or the same


def test_a_renamed_repository_is_301_to_its_id(
    living: ApiServer, http: requests.Session
) -> None:
    repository = busiest(living)
    old = repository["nameWithOwner"]
    living.event("rename-repository", name_with_owner=old, name="renamed")
    headers = {"Authorization": "Bearer sandbox-token"}
    url = f"{living.github_url}/repos/{old}/pulls?per_page=3&state=all"
    response = http.get(url, headers=headers, allow_redirects=False, timeout=30)
    assert response.status_code == 301
    assert response.headers["location"] == (
        f"{living.github_url}/repositories/{repository['databaseId']}"
        "/pulls?per_page=3&state=all"
    )
    assert len(http.get(url, headers=headers, timeout=30).json()) == 3


@pytest.mark.parametrize(
    "path", ["/repos/no/body", "/users/nobody-at-all", "/orgs/none", "/nope"]
)
def test_what_is_not_there_is_404(rest: AskRest, path: str) -> None:
    assert rest(path).status_code == 404


def test_a_blocked_repository_is_451(living: ApiServer, http: requests.Session) -> None:
    repository = busiest(living)
    repository["isDisabled"] = True
    response = http.get(
        f"{living.github_url}/repos/{repository['nameWithOwner']}",
        headers={"Authorization": "Bearer sandbox-token"},
        timeout=30,
    )
    assert response.status_code == 451
    assert response.json()["block"]["reason"] == "dmca"


def test_what_the_client_has_already_is_304_and_costs_nothing(
    rest: AskRest, api: ApiServer
) -> None:
    path = f"/repos/{busiest(api)['nameWithOwner']}"
    first = rest(path)
    again = rest(path, **{"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    left = [one.headers["x-ratelimit-remaining"] for one in (first, again)]
    assert left[0] == left[1]


# Budgets


def test_without_a_token_there_are_60_requests_an_hour(rest: AskRest) -> None:
    response = rest(f"/orgs/{ORGANIZATION}", authorization=None)
    assert response.headers["x-ratelimit-limit"] == "60"


def test_a_wrong_token_is_401(rest: AskRest) -> None:
    assert rest("/rate_limit", authorization="Bearer wrong").status_code == 401


def test_a_spent_budget_is_403_with_nothing_remaining(
    rest: AskRest, api: ApiServer, assert_resets_within: Check
) -> None:
    api.limits(github={"core": 1})
    assert rest(f"/orgs/{ORGANIZATION}").status_code == 200
    response = rest(f"/orgs/{ORGANIZATION}")
    assert response.status_code == 403
    assert response.headers["x-ratelimit-remaining"] == "0"
    assert response.headers["x-ratelimit-resource"] == "core"
    assert_resets_within(response, int(response.headers["x-ratelimit-reset"]), 3_600)


def test_asking_for_the_budget_is_free_and_shows_both(
    rest: AskRest, api: ApiServer
) -> None:
    api.limits(github={"core": 1})
    for _ in range(3):
        resources = rest("/rate_limit").json()["resources"]
    assert resources["core"]["remaining"] == 1
    assert resources["graphql"]["limit"] == 5_000


def test_ghes_answers_the_same_without_limits(rest: AskRest, api: ApiServer) -> None:
    api.limits(github={"core": 1})
    path = f"/repos/{busiest(api)['nameWithOwner']}/pulls?state=all&per_page=1"
    for _ in range(2):
        response = rest(path, base=api.ghes_url)
    assert response.status_code == 200
    assert api.ghes_url in response.headers["link"]
    assert not [name for name in response.headers if name.startswith("x-ratelimit")]


# Apps


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65_537, key_size=2_048)


@pytest.fixture
def app(
    api: ApiServer,
    http: requests.Session,
    rest: AskRest,
    key: rsa.RSAPrivateKey,
    server_seconds: Callable[[requests.Response], int],
) -> Callable[..., requests.Response]:
    """Ask for an installation token with a JWT of App 77."""
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    api.register_app("77", public.decode(), "4711")

    def ask(
        signer: rsa.RSAPrivateKey | str = key,
        algorithm: str = "RS256",
        seconds: int = 540,
        app_id: str = "77",
        installation: str = "4711",
    ) -> requests.Response:
        now = server_seconds(rest("/rate_limit"))
        claims = {"iat": now - 60, "exp": now + seconds, "iss": app_id}
        token = jwt.encode(claims, signer, algorithm)
        return http.post(
            f"{api.github_url}/app/installations/{installation}/access_tokens",
            headers={"Authorization": f"Bearer {token}"},
            timeout=30,
        )

    return ask


def test_an_app_signs_for_a_token_that_works_until_it_expires(
    app: Callable[..., requests.Response], rest: AskRest, api: ApiServer
) -> None:
    response = app()
    assert response.status_code == 201
    token = response.json()["token"]
    assert rest("/rate_limit", authorization=f"token {token}").status_code == 200
    issued = api._sandbox.graphql.credentials.issued
    issued[token] = issued[token].replace(year=2020)
    assert rest("/rate_limit", authorization=f"token {token}").status_code == 401


@pytest.mark.parametrize("seconds", [-1, 900])
def test_a_jwt_lives_at_most_ten_minutes(
    app: Callable[..., requests.Response], seconds: int
) -> None:
    assert app(seconds=seconds).status_code == 401


def test_a_jwt_of_another_key_or_app_is_refused(
    app: Callable[..., requests.Response],
) -> None:
    other = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    assert app(signer=other).status_code == 401
    assert app(app_id="78").status_code == 401
    assert app(signer="x" * 32, algorithm="HS256").status_code == 401


def test_another_installation_is_404(app: Callable[..., requests.Response]) -> None:
    assert app(installation="1").status_code == 404

"""What Linear refuses, hides or has removed, and how its OAuth tokens expire."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests
from typer.testing import CliRunner

from sandbox.cli import app
from sandbox.linear.oauth import CLIENT_ID, CLIENT_SECRET, FIRST_REFRESH_TOKEN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from typer.testing import Result

    from sandbox.testing import ApiServer

    AskRaw = Callable[..., requests.Response]
    Command = Callable[..., Result]

CLIENT = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
PROJECTS = """query($filter: ProjectFilter) {
  projects(first: 100, filter: $filter) { nodes { id teams { nodes { key } } } }
}"""


@pytest.fixture(autouse=True)
def _whole(api: ApiServer) -> Iterator[None]:
    """Give back to the shared server what a test takes away."""
    yield
    api.clear_faults()
    api.remove(api="linear")
    api.restrict(api="linear")
    api.tokens(reset=True)


def nodes(response: requests.Response, root: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = response.json()["data"][root]["nodes"]
    return found


def test_accessible_teams_filters_projects_by_their_teams(
    api: ApiServer, linear_raw: AskRaw
) -> None:
    rows = api.world.linear
    key = next(
        rows.teams[team]["key"]
        for project in rows.projects.values()
        for team in project["teamIds"]
    )
    given = {"accessibleTeams": {"some": {"key": {"in": [key]}}}}
    found = nodes(linear_raw(PROJECTS, filter=given), "projects")
    assert found
    assert all(key in [team["key"] for team in row["teams"]["nodes"]] for row in found)
    assert len(found) < len(nodes(linear_raw(PROJECTS), "projects"))


def test_a_hidden_team_is_gone_with_all_that_is_its_own(
    api: ApiServer, linear_raw: AskRaw
) -> None:
    keys = [row["key"] for row in api.world.linear.teams.values()]
    api.restrict(api="linear", hidden=[keys[0]])
    teams = nodes(linear_raw("{ teams { nodes { key } } }"), "teams")
    assert sorted(row["key"] for row in teams) == sorted(keys[1:])
    query = "{ issues(first: 50) { nodes { team { key } comments { nodes { id } } } } }"
    issues = nodes(linear_raw(query), "issues")
    assert {row["team"]["key"] for row in issues} == set(keys[1:])


def test_a_refused_root_is_null_with_a_forbidden_error(
    api: ApiServer, linear_raw: AskRaw
) -> None:
    api.restrict(api="linear", refused=["Query.initiatives"])
    answer = linear_raw("{ initiatives { nodes { id } } }").json()
    assert not answer["data"]
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"


def test_a_refused_field_is_null_beside_the_rest(
    api: ApiServer, linear_raw: AskRaw
) -> None:
    api.restrict(api="linear", refused=["User.gitHubUserId"])
    answer = linear_raw("{ users { nodes { id gitHubUserId } } }").json()
    assert all(row["gitHubUserId"] is None for row in answer["data"]["users"]["nodes"])
    assert {error["path"][-1] for error in answer["errors"]} == {"gitHubUserId"}


@pytest.mark.parametrize(
    ("removed", "query", "says"),
    [
        (
            "IssueHistory.updatedAt",
            "{ issues { nodes { updatedAt history { nodes { updatedAt } } } } }",
            'Cannot query field "updatedAt" on type "IssueHistory".',
        ),
        (
            "Query.initiatives",
            "{ initiatives { nodes { id } } }",
            'Cannot query field "initiatives" on type "Query".',
        ),
        (
            "PaginationOrderBy.updatedAt",
            "{ issues(orderBy: updatedAt) { nodes { id } } }",
            'Value "updatedAt" does not exist in "PaginationOrderBy" enum.',
        ),
    ],
)
def test_what_is_removed_is_refused_as_linear_words_it(
    removed: str, query: str, says: str, api: ApiServer, linear_raw: AskRaw
) -> None:
    assert linear_raw(query).status_code == 200
    api.remove(removed, api="linear")
    refused = linear_raw(query)
    assert refused.status_code == 400
    assert says in refused.json()["errors"][0]["message"]


def test_a_row_is_hidden_and_poisoned_on_request(
    api: ApiServer, linear_raw: AskRaw
) -> None:
    query = "{ teams { nodes { id name } } }"
    key = nodes(linear_raw(query), "teams")[0]["id"]
    api.fault("hidden", "linear", value=key, count=0)
    assert key not in [row["id"] for row in nodes(linear_raw(query), "teams")]
    api.clear_faults()
    api.fault("poisoned", "linear", value=key, field="name", count=0)
    assert linear_raw(query).status_code == 502
    assert linear_raw("{ teams { nodes { id } } }").status_code == 200


def token(api: ApiServer, **form: str) -> requests.Response:
    url = f"{api.base_url}/linear/oauth/token"
    return requests.post(url, data=form, timeout=30)


def viewer(api: ApiServer, access_token: str) -> int:
    return requests.post(
        api.linear_url,
        json={"query": "{ organization { id } }"},
        headers={"Authorization": f"Bearer {access_token}"},
        timeout=30,
    ).status_code


def test_client_credentials_give_a_token_of_a_day(api: ApiServer) -> None:
    issued = token(api, grant_type="client_credentials", scope="read", **CLIENT).json()
    assert issued["expires_in"] == 86_400
    assert viewer(api, issued["access_token"]) == 200
    assert viewer(api, "made-up") == 401


def test_a_refresh_token_is_good_once(api: ApiServer) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": FIRST_REFRESH_TOKEN}
    issued = token(api, **form, **CLIENT).json()
    assert viewer(api, issued["access_token"]) == 200
    refused = token(api, **form, **CLIENT)
    assert refused.status_code == 400
    assert refused.json()["error"] == "invalid_grant"
    form["refresh_token"] = issued["refresh_token"]
    assert token(api, **form, **CLIENT).status_code == 200


@pytest.fixture
def command(api: ApiServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run `sandbox …` against the server of the tests."""
    monkeypatch.setenv("MELTANO_PROJECT_ROOT", str(tmp_path))
    monkeypatch.setenv("SANDBOX_API_PORT", str(api.port))
    runner = CliRunner()
    return lambda *arguments: runner.invoke(app, arguments)


def test_the_command_line_removes_restricts_and_lets_tokens_expire(
    api: ApiServer, linear_raw: AskRaw, command: Command
) -> None:
    query = "{ initiatives { nodes { id } } }"
    for arguments, status in (
        (["remove", "Query.initiatives", "--api", "linear"], 400),
        (["remove", "--api", "linear"], 200),
        (["restrict", "--api", "linear", "--refused", "Query.initiatives"], 400),
        (["restrict", "--api", "linear"], 200),
    ):
        assert command(*arguments).exit_code == 0
        assert linear_raw(query).status_code == status, arguments
    first = token(api, grant_type="client_credentials", **CLIENT).json()
    assert command("tokens", "--expire").exit_code == 0
    assert viewer(api, first["access_token"]) == 401


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["remove", "Issue.nope", "--api", "linear"], "the schema has no Issue.nope"),
        (["remove", "Nope"], "the schema has no Nope"),
        (["restrict", "--api", "linear", "--saml", "x"], "not a restriction"),
    ],
)
def test_what_there_is_not_cannot_be_taken_away(
    arguments: list[str], says: str, command: Command
) -> None:
    done = command(*arguments)
    assert done.exit_code == 1
    assert says in done.stderr


def test_tokens_expire_on_request_and_live_as_long_as_ordered(api: ApiServer) -> None:
    form = {"grant_type": "client_credentials", **CLIENT}
    first = token(api, **form).json()["access_token"]
    api.tokens(expired=True, lifetime=60)
    issued = token(api, **form).json()
    assert issued["expires_in"] == 60
    assert (viewer(api, first), viewer(api, issued["access_token"])) == (401, 200)
    api.tokens(reset=True)
    assert viewer(api, issued["access_token"]) == 401
    form = {"grant_type": "refresh_token", "refresh_token": FIRST_REFRESH_TOKEN}
    assert token(api, **form, **CLIENT).status_code == 200


def test_an_unknown_client_gets_no_token(api: ApiServer) -> None:
    assert token(api, grant_type="client_credentials").status_code == 401


def test_a_page_in_a_browser_gets_no_token_and_forms_go_nowhere_else(
    api: ApiServer,
) -> None:
    url = f"{api.base_url}/linear/oauth/token"
    form = {"grant_type": "client_credentials", **CLIENT}
    page = {"Origin": "https://evil.example"}
    assert requests.post(url, data=form, headers=page, timeout=30).status_code == 403
    assert requests.post(api.linear_url, data=form, timeout=30).status_code == 415

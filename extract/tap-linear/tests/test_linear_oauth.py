"""Class 10, credentials that expire: tokens are got, renewed and kept."""

# ruff: noqa: ANN401 - conftest cannot be imported, so its fixtures have no names here
from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest

from sandbox.linear.oauth import CLIENT_ID, CLIENT_SECRET, FIRST_REFRESH_TOKEN
from tap_linear.common.errors import SettingsError
from tap_linear.common.redaction import redact
from tap_linear.tap import TapLinear
from tap_linear.transport.client import TRIES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sandbox.testing import ApiServer

APPLICATION = {
    "api_key": None, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET,
}  # fmt: skip
DATA_REQUEST = "query"  # every document holds it, and no form for a token does


@pytest.fixture(autouse=True)
def _issued(server: ApiServer) -> Iterator[None]:
    """Give back to the shared server what a test takes away."""
    server.tokens(reset=True)
    yield
    server.tokens(reset=True)
    server.clear_faults()


@pytest.fixture
def person(tmp_path: Path) -> dict[str, Any]:
    """Settings of an application that reads for a person."""
    return APPLICATION | {
        "refresh_token": FIRST_REFRESH_TOKEN,
        "token_file": str(tmp_path / "linear.json"),
    }


def failing(started: Any) -> str:
    """Run a tap that must end with exit code 1; returns its line."""
    with pytest.raises(SystemExit) as ended:
        started.sync()
    (line,) = str(ended.value).splitlines()
    assert line.startswith("Error: ")
    return line


def stored(config: dict[str, Any]) -> dict[str, Any]:
    with open(config["token_file"], encoding="utf-8") as file:  # noqa: PTH123
        found: dict[str, Any] = json.load(file)
    return found


def issuing(*bodies: Any, status: int = 200) -> Any:
    """Answer requests for tokens with these bodies in turn, all others with nothing."""
    left = list(bodies)
    forms: list[dict[str, list[str]]] = []

    def answer(headers: Any, body: bytes) -> Any:
        if headers["Content-Type"] == "application/json":
            data = {"organization": {"id": "o"}}
            return 200, {}, json.dumps({"data": data}).encode(), 1
        forms.append(parse_qs(body.decode()))
        content = left.pop(0) if len(left) > 1 else left[0]
        text = content if isinstance(content, str) else json.dumps(content)
        return status, {}, text.encode(), 1

    answer.forms = forms  # type: ignore[attr-defined]
    return answer


# --- client credentials --------------------------------------------------------------


def test_an_application_gets_its_own_token_once_per_run(
    workspace: Any, run: Any, requests: Any
) -> None:
    key = workspace.issue(1, 1)
    requests()
    assert run(**APPLICATION).sync().ids("issues") == [key]
    assert requests()["oauth/token"] == 1


def test_a_token_that_expires_in_the_middle_of_a_run_is_renewed(
    workspace: Any, server: ApiServer, run: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Tokens of a day that nobody renewed stopped other readers of Linear.

    https://github.com/ceedaragents/cyrus/issues/285
    https://github.com/yc-software/qm/pull/1007
    """
    keys = [workspace.issue(number, number) for number in range(6)]
    started = run(page_size=2, **APPLICATION)
    execute = started.tap.context.client.execute
    sent = []

    def expiring(*request: Any) -> Any:
        sent.append(request)
        if len(sent) % 4 == 0:
            server.tokens(expired=True)
        return execute(*request)

    started.tap.context.client.execute = expiring
    assert set(started.sync().ids("issues")) == set(keys)
    assert len(sent) > 12
    assert "the OAuth access token has expired" in caplog.text


def test_a_token_is_renewed_before_it_expires(
    workspace: Any, server: ApiServer, run: Any, requests: Any
) -> None:
    workspace.issue(1, 1)
    server.tokens(lifetime=1_000)
    started = run(**APPLICATION)
    credential = started.tap.context.client._credential
    hours = iter(range(1_000))
    credential._clock = lambda: next(hours) * 950.0  # each look is later than the last
    requests()
    started.sync()
    counted = requests()
    assert counted["oauth/token"] > 3
    assert server.stats()["linear"]["statuses"].get("401", 0) == 0


def test_a_token_that_is_refused_as_soon_as_it_is_issued_ends_the_run(
    run: Any, server: ApiServer
) -> None:
    server.fault("unauthorized", "linear", match=DATA_REQUEST, count=0)
    assert "Linear refused the credential" in failing(run(**APPLICATION))
    assert server.stats()["linear"]["requests"] == 4


@pytest.mark.parametrize(
    "wrong", [{"client_secret": "wrong-secret"}, {"client_id": "nobody"}]
)
def test_a_wrong_client_ends_the_run_in_one_line_that_names_the_variables(
    wrong: Any, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A switch in Linear's settings decides whether client credentials work.

    https://github.com/ColeMurray/background-agents/pull/969
    """
    monkeypatch.setenv(
        "TAP_LINEAR_VARIABLES", "client_id=LINEAR_CLIENT_ID client_secret=L_SECRET"
    )
    started = run({"bookmarks": {"teams": {}}}, **APPLICATION | wrong)
    line = failing(started)
    assert "invalid_client" in line
    assert "check LINEAR_CLIENT_ID and L_SECRET" in line
    assert [one["type"] for one in started.out.messages] == ["STATE"]


@pytest.mark.parametrize("kind", ["server-error", "cut"])
def test_a_failure_of_the_token_endpoint_that_passes_is_retried(
    kind: str, server: ApiServer, run: Any
) -> None:
    server.fault(kind, "linear", match="oauth/token", count=2)
    started = run(**APPLICATION)
    assert started.sync().ids("teams")
    assert started.waits == [1, 2]


@pytest.mark.parametrize(
    "body", ["", "<html>", [], {}, {"access_token": None}, {"access_token": 5},
             {"access_token": "a\nb"}],
)  # fmt: skip
def test_a_response_without_a_token_is_retried_and_ends_in_one_line(
    body: Any, stub: Any, run: Any
) -> None:
    started = run(api_url=stub(issuing(body)), **APPLICATION)
    line = failing(started)
    assert "oauth/token: HTTP 200" in line
    assert f"{TRIES} times in a row" in line
    assert started.waits == [1, 2, 4, 8]


@pytest.mark.parametrize("lifetime", [None, 0, -5, "soon", "3600", float("inf")])
def test_a_lifetime_that_is_none_leaves_the_renewal_to_a_refusal(
    lifetime: Any, stub: Any, run: Any
) -> None:
    answer = issuing({"access_token": "made-up-token", "expires_in": lifetime})
    started = run(api_url=stub(answer), **APPLICATION)
    client = started.tap.context.client
    for _ in range(3):
        client.execute("{ organization { id } }", {}, 1)
    assert len(answer.forms) == 1


# --- refresh tokens ------------------------------------------------------------------


def test_a_replaced_refresh_token_is_stored_before_the_first_request_for_data(
    run: Any, server: ApiServer, person: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = run(**person)
    seen: list[dict[str, Any]] = []
    post = started.tap.context.client._transport.post

    def noting(url: str, *rest: Any) -> Any:
        if url.endswith("graphql"):
            seen.append(stored(person))
        return post(url, *rest)

    monkeypatch.setattr(started.tap.context.client._transport, "post", noting)
    started.sync()
    assert seen[0]["refresh_token"] not in ("", FIRST_REFRESH_TOKEN)
    assert os.stat(person["token_file"]).st_mode & 0o777 == 0o600  # noqa: PTH116
    assert "401" not in server.stats()["linear"]["statuses"]


def test_the_next_run_uses_what_the_last_one_stored(
    run: Any, server: ApiServer, person: Any, requests: Any
) -> None:
    run(**person).sync()
    first = stored(person)
    requests()
    run(**person).sync()
    assert requests()["oauth/token"] == 0  # the access token is still valid
    server.tokens(expired=True)
    run(**person).sync()
    assert stored(person)["refresh_token"] != first["refresh_token"]


def test_a_refresh_token_is_replaced_again_in_the_middle_of_a_run(
    workspace: Any, server: ApiServer, run: Any, person: Any
) -> None:
    keys = [workspace.issue(number, number) for number in range(6)]
    started = run(page_size=2, **person)
    execute = started.tap.context.client.execute
    seen = set()

    def expiring(*request: Any) -> Any:
        server.tokens(expired=True)
        found = execute(*request)
        seen.add(stored(person)["refresh_token"])
        return found

    started.tap.context.client.execute = expiring
    assert set(started.sync().ids("issues")) == set(keys)
    assert len(seen) > 5


def test_a_spent_refresh_token_ends_the_run_in_one_line(
    run: Any, person: Any, tmp_path: Path
) -> None:
    """A user who loses the new token must authorize again.

    https://github.com/PrefectHQ/fastmcp/issues/4264
    """
    run(**person).sync()
    (tmp_path / "linear.json").unlink()
    line = failing(run(**person))
    assert "invalid_grant" in line
    assert "authorize the application again" in line
    assert "refresh_token" in line


def test_another_refresh_token_in_the_settings_replaces_the_stored_one(
    run: Any, server: ApiServer, person: Any
) -> None:
    run(**person).sync()
    other = stored(person)["refresh_token"]
    server.tokens(expired=True)
    run(**person | {"refresh_token": other}).sync()
    assert stored(person)["refresh_token"] not in (other, FIRST_REFRESH_TOKEN)
    assert "invalid_grant" in failing(run(**person))  # the file is about the other


@pytest.mark.parametrize(
    "path",
    # Root may write everywhere: where it is no folder, the system refuses by itself.
    ["{folder}/none/linear.json", "{folder}", "/proc/linear.json", "/dev/full/a.json"],
)
def test_no_refresh_token_is_spent_that_could_not_be_stored(
    path: str, run: Any, server: ApiServer, person: Any, tmp_path: Path
) -> None:
    person["token_file"] = path.format(folder=tmp_path)
    assert "token_file cannot be used" in failing(run(**person))
    assert "oauth/token" not in server.stats()["linear"]["operations"]


@pytest.mark.parametrize("text", ["", "{", "[]", "5", '{"origin": 5}'])
def test_a_damaged_token_file_is_named_or_passed_over(
    text: str, run: Any, person: Any, tmp_path: Path
) -> None:
    (tmp_path / "linear.json").write_text(text, encoding="utf-8")
    if text.startswith('{"'):  # about another application: it is replaced
        run(**person).sync()
        return
    assert "remove it" in failing(run(**person))


def test_two_runs_at_once_spend_a_refresh_token_once(
    server: ApiServer, person: Any
) -> None:
    """A run that loses the race must not spend the token that the other has spent.

    https://github.com/arul28/ADE/pull/400
    https://github.com/HQBase/hqbase/issues/41
    """
    server.fault("latency", "linear", match="oauth/token", seconds=0.5, count=0)
    config = {**person, "api_url": server.linear_url}
    code = (
        "import json, os\n"
        "from tap_linear.tap import TapLinear\n"
        "tap = TapLinear(config=json.loads(os.environ['CONFIG']))\n"
        "tap.context.client.execute('{ organization { id } }', {}, 1)\n"
    )
    environment = os.environ | {"CONFIG": json.dumps(config)}
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", code], env=environment, stderr=subprocess.PIPE
        )
        for _ in range(3)
    ]
    errors = [one.communicate()[1].decode() for one in runs]
    assert [one.returncode for one in runs] == [0, 0, 0], errors
    assert server.stats()["linear"]["operations"]["oauth/token (latency)"] == 1


def test_a_response_without_another_refresh_token_keeps_the_old_one(
    stub: Any, run: Any, person: Any
) -> None:
    answer = issuing({"access_token": "made-up-token", "expires_in": 3600})
    started = run(api_url=stub(answer), **person)
    started.tap.context.client.execute("{ organization { id } }", {}, 1)
    assert stored(person)["refresh_token"] == FIRST_REFRESH_TOKEN
    assert answer.forms[0]["refresh_token"] == [FIRST_REFRESH_TOKEN]


# --- settings and secrets ------------------------------------------------------------


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ({"client_id": "a"}, "set client_secret too: client_id needs it"),
        ({"client_secret": "abcd"}, "set api_key to a personal API key"),
        (
            {"access_token": "t", "refresh_token": "abcd"},
            "set client_id too: refresh_token needs it",
        ),
        (
            {"client_id": "a", "client_secret": "abcd", "refresh_token": "abcd"},
            "set token_file to a file that is kept",
        ),
    ],
)
def test_settings_of_an_application_that_are_not_whole_are_refused(
    config: Any, says: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        TapLinear(config=config)
    assert refused.value.lines[0].startswith(says)


@pytest.mark.parametrize(
    "config",
    [
        {"api_key": "k", "client_id": "", "client_secret": "", "token_file": ""},
        {"api_key": "", "access_token": "t", "client_id": ""},
        APPLICATION,
    ],
)
def test_one_credential_is_enough(config: Any) -> None:
    TapLinear(config=dict(config))  # which gets the defaults


def test_an_api_key_is_used_before_an_application(
    run: Any, requests: Any, person: Any
) -> None:
    requests()
    run(**person | {"api_key": "lin_api_sandbox"}).sync()
    assert requests()["oauth/token"] == 0


def test_no_line_shows_a_token_or_the_secret(
    run: Any, server: ApiServer, person: Any
) -> None:
    run(**person).sync()
    tokens = stored(person)
    server.fault("echo", "linear", match=DATA_REQUEST, count=0)
    with pytest.raises(SystemExit) as ended:
        run(**person).sync()
    for secret in (tokens["access_token"], tokens["refresh_token"], CLIENT_SECRET):
        assert secret not in str(ended.value)
        assert redact(f"<{secret}>") == "<***>"
    assert "Authorization" in str(ended.value)

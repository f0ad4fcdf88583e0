"""No line of the log and no error line shows a secret."""

# ruff: noqa: ANN401 - conftest cannot be imported, so its fixtures have no names here
from __future__ import annotations

import json
import logging
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tap_linear import redaction
from tap_linear.redaction import RedactingFormatter, redact

if TYPE_CHECKING:
    from pathlib import Path

KEY = "lin_api_0123456789abcdefghij"
TOKEN = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"  # noqa: S105 - made up, and of no known form


@pytest.fixture(autouse=True)
def _forget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redaction, "_secrets", set())


def run(tmp_path: Path, **config: Any) -> subprocess.CompletedProcess[str]:
    file = tmp_path / "config.json"
    file.write_text(json.dumps(config), encoding="utf-8")
    code = "from tap_linear.tap import TapLinear; TapLinear.cli()"
    return subprocess.run(
        [sys.executable, "-c", code, "--config", str(file)],
        capture_output=True,
        text=True,
        check=False,
    )


def echo(headers: Any, _body: bytes) -> Any:
    """What a proxy or a server in debug mode may answer."""
    message = f"Unexpected header Authorization: {headers['Authorization']}"
    error = {"message": message, "extensions": {"code": "INPUT_ERROR"}}
    return 400, {}, json.dumps({"errors": [error]}).encode(), 1


@pytest.mark.parametrize("config", [{"api_key": TOKEN}, {"access_token": TOKEN}])
def test_a_server_that_echoes_the_authorization_header_does_not_get_it_printed(
    config: dict[str, str], stub: Any, tmp_path: Path
) -> None:
    done = run(tmp_path, api_url=stub(echo), **config)
    assert done.returncode == 1
    assert "Unexpected header" in done.stderr.splitlines()[-1]
    assert TOKEN not in done.stdout + done.stderr


def test_a_password_in_api_url_is_printed_in_no_form(tmp_path: Path) -> None:
    password = "pa%40ss-w%C3%B6rd"  # noqa: S105 - made up
    done = run(
        tmp_path, api_url=f"http://someone:{password}@127.0.0.1:1/graphql", api_key=KEY
    )
    assert done.returncode == 1
    assert "cannot be reached" in done.stderr
    for form in (password, "pa@ss-wörd", "someone", KEY):
        assert form not in done.stdout + done.stderr


def test_a_password_in_a_wrong_api_url_is_not_printed(tmp_path: Path) -> None:
    done = run(tmp_path, api_url="ftp://someone:pass-word@host/graphql", api_key=KEY)
    assert done.returncode == 1
    assert "api_url" in done.stderr
    assert "pass-word" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    "line",
    [
        "https://someone:secret-word@api.linear.app/graphql",
        "proxy http://secret-word@127.0.0.1:8080 refused",
        "postgres://a:secret-word@h/db?x=1",
        "Authorization: secret-word",
        "Authorization: Bearer secret-word",
        "{'Authorization': 'Bearer secret-word', 'Content-Type': 'text/plain'}",
        '{"authorization": "secret-word"}',
        "Proxy-Authorization: Basic secret-word1",
        "sent Bearer secret-word to the server",
        "Basic c2VjcmV0LXdvcmQ6c2VjcmV0LXdvcmQ=",
        "key lin_api_secret0word0secret0word is unknown",
        "grant_type=refresh_token&refresh_token=secret-word&client_id=a",
        '{"access_token": "secret-word", "expires_in": 86399}',
    ],
)
def test_what_looks_like_a_credential_is_hidden_wherever_it_comes_from(
    line: str,
) -> None:
    shown = redact(line)
    assert "***" in shown
    for form in ("secret-word", "c2VjcmV0", "secret0word"):
        assert form not in shown


@pytest.mark.parametrize(
    "line",
    [
        "issues: 1,250 of 8,000 · 57 requests · 2,843,000 points left",
        "Basic authentication is not possible here",
        "set api_key to a personal API key or access_token to an OAuth token",
        "Linear cannot be reached at https://api.linear.app/graphql: 5 times in a row",
        "mail to someone@example.com about https://linear.app/acme/issue/ENG-1",
    ],
)
def test_what_is_no_credential_stays_as_it_is(line: str) -> None:
    assert redact(line) == line


def test_every_form_of_a_known_secret_is_hidden() -> None:
    redaction.remember('a"b/c é')
    forms = ['a"b/c é', "a%22b%2Fc%20%C3%A9", 'a\\"b/c \\u00e9']
    for form in forms:
        assert redact(f"<{form}>") == "<***>"


def test_a_traceback_and_the_arguments_of_a_line_are_redacted() -> None:
    redaction.remember(TOKEN)
    formatter = RedactingFormatter(logging.Formatter("%(levelname)s %(message)s"))
    try:
        int(TOKEN)
    except ValueError:
        record = logging.LogRecord(
            "x", logging.ERROR, "x", 1, "sent %s", (TOKEN,), sys.exc_info()
        )
    text = formatter.format(record)
    assert "Traceback" in text
    assert TOKEN not in text


def test_every_handler_is_covered_once_whoever_added_it() -> None:
    logger = logging.getLogger("someone.else")
    handler = logging.StreamHandler()
    logger.addHandler(handler)
    try:
        redaction.install()
        redaction.install()
        assert isinstance(handler.formatter, RedactingFormatter)
        assert not isinstance(handler.formatter.inner, RedactingFormatter)
    finally:
        logger.removeHandler(handler)

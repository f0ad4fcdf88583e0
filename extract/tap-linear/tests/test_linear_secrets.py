"""No line of the log and no error line shows a secret."""

# ruff: noqa: ANN401 - conftest cannot be imported, so its fixtures have no names here
from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from commands import command

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

KEY = "lin_api_0123456789abcdefghij"
TOKEN = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"  # noqa: S105 - made up, and of no known form


def run(tmp_path: Path, **config: Any) -> subprocess.CompletedProcess[str]:
    file = tmp_path / "config.json"
    file.write_text(json.dumps(config), encoding="utf-8")
    return command("tap-linear", "--config", str(file))


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

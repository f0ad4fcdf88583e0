"""A wrong setting ends in one line that names it."""

# ruff: noqa: S104 - an address of all interfaces is what is refused

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from running_api import KEY, environment, serving

from throughline_api.cli import connect, main
from throughline_api.common.settings import SettingsError
from throughline_api.settings import read_api_settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from running_api import TinyMarts

WRONG = {
    "API_PROJECT": ({"project": ""}, "set API_PROJECT"),
    "API_ANALYTICS_DATASET": ({"analytics_dataset": "_x"}, "API_ANALYTICS_DATASET"),
    "API_API_ENDPOINT": ({"api_endpoint": "nonsense"}, "API_API_ENDPOINT"),
    "API_SERVER_HOST": ({"server_host": "0.0.0.0"}, "set API_ACCESS_KEY"),
    "API_SERVER_HOST, IPv6": ({"server_host": "::"}, "set API_ACCESS_KEY"),
    "API_SERVER_HOST, a name": ({"server_host": "example.org"}, "API_SERVER_HOST"),
    "API_SERVER_PORT": ({"server_port": "65536"}, "API_SERVER_PORT"),
    "API_SERVER_PORT, 0": ({"server_port": "0"}, "API_SERVER_PORT"),
    "API_ACCESS_KEY, short": ({"access_key": "secret"}, "API_ACCESS_KEY"),
    "API_ACCESS_KEY, spaces": ({"access_key": "secret " * 8}, "API_ACCESS_KEY"),
    "API_REQUESTS_PER_MINUTE": (
        {"requests_per_minute": "many"},
        "API_REQUESTS_PER_MINUTE",
    ),
    "API_MAXIMUM_BYTES_BILLED": (
        {"maximum_bytes_billed": "1e9"},
        "API_MAXIMUM_BYTES_BILLED",
    ),
    "API_JOB_EXECUTION_TIMEOUT": (
        {"job_execution_timeout": "-1"},
        "API_JOB_EXECUTION_TIMEOUT",
    ),
    "API_JOB_EXECUTION_TIMEOUT, longer than BigQuery's": (
        {"job_execution_timeout": "999999999999999999"},
        "a number from 1 to 21600",
    ),
    "API_TRANSFORM_DIR": ({"transform_dir": "/nowhere"}, "API_TRANSFORM_DIR"),
    "API_DEFINITIONS": ({"definitions": "/nowhere.md"}, "API_DEFINITIONS"),
    "API_CREDENTIALS_JSON": (
        {"api_endpoint": "", "credentials_json": "secret"},
        "API_CREDENTIALS_JSON",
    ),
    "API_CREDENTIALS_PATH": (
        {"api_endpoint": "", "credentials_path": "/nowhere.json"},
        "API_CREDENTIALS_PATH",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_setting_is_one_line_that_names_it(case: str) -> None:
    settings, text = WRONG[case]
    with pytest.raises(SettingsError) as caught:
        read_api_settings(environment("http://127.0.0.1:1", "p", **settings))
    message = str(caught.value)
    assert text in message
    assert "\n" not in message
    assert "secret" not in message


def test_messages_name_the_variable_that_the_user_set() -> None:
    given = environment("http://127.0.0.1:1", "")
    given["API_VARIABLES"] = "project=BIGQUERY_PROJECT"
    with pytest.raises(SettingsError, match=r"^set BIGQUERY_PROJECT to "):
        read_api_settings(given)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "::1", "[::1]", "127.1.2.3"]
)
def test_loopback_needs_no_key(host: str) -> None:
    given = environment("http://127.0.0.1:1", "p", server_host=host)
    assert read_api_settings(given).is_loopback


def test_with_a_key_other_machines_may_connect() -> None:
    given = environment(
        "http://127.0.0.1:1", "p", server_host="0.0.0.0", access_key=KEY
    )
    assert not read_api_settings(given).is_loopback


def test_a_port_that_is_in_use_is_one_line(
    settings_of: Callable[..., dict[str, str]],
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with (
            pytest.raises(SettingsError, match="set API_SERVER_PORT to a free port"),
            serving(settings_of(server_port=port)),
        ):
            pass


def run(
    command: str, given: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> int | str | None:
    """Run the program in this process; return its exit code."""
    monkeypatch.setattr(sys, "argv", ["throughline-api", command])
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as caught:
        main()
    return caught.value.code


def test_the_program_prints_one_line_for_a_wrong_setting_and_exits_1() -> None:
    given = environment("http://127.0.0.1:1", "", server_port=1)
    done = subprocess.run(
        [Path(sys.executable).with_name("throughline-api"), "mcp"],
        env={**os.environ, **given},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "Error: api: set API_PROJECT to a Google Cloud project\n"


@pytest.mark.parametrize("command", ["serve", "mcp"])
def test_a_bigquery_that_does_not_answer_is_one_line(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("throughline_api.common.warehouse.RETRY_SECONDS", 0.1)
    code = run(command, environment("http://127.0.0.1:1", "p"), monkeypatch)
    out, err = capsys.readouterr()
    assert (code, out) == (1, "")
    last = err.splitlines()[-1]
    assert last.startswith("Error: api: nothing answers at API_API_ENDPOINT")
    assert "Traceback" not in err


def test_a_dataset_without_marts_is_a_warning_that_says_how_to_build_them(
    marts: TinyMarts,
    settings_of: Callable[..., dict[str, str]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert marts.schemas
    analytics = connect(read_api_settings(settings_of(analytics_dataset="empty")))
    analytics.warehouse.close()
    assert "has no marts yet: build them with" in caplog.text


def test_a_key_of_google_is_never_in_a_message(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    key = json.dumps({"type": "service_account", "private_key": "very-secret"})
    given = environment("", "p", credentials_json=key, credentials_path="")
    code = run("serve", given, monkeypatch)
    err = capsys.readouterr().err
    assert code == 1
    assert err.startswith("Error: api: ")
    assert "very-secret" not in err
    assert "API_CREDENTIALS" in err
    assert len(err.splitlines()) == 1

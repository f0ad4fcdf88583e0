"""dbt starts with checked settings, and with the target's credentials."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, ClassVar

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from throughline_dbt import SettingsError, checked

if TYPE_CHECKING:
    from collections.abc import Iterator

TRANSFORM = Path(__file__).resolve().parents[2]
LAUNCHER = Path(sys.executable).with_name("throughline-dbt")
VARIABLES = (
    "project=BIGQUERY_PROJECT credentials_path=BIGQUERY_CREDENTIALS_PATH"
    " credentials_json=BIGQUERY_CREDENTIALS_JSON linear_dataset=DEV_PREFIX"
)


def run(tmp_path: Path, *arguments: str, **variables: str) -> tuple[int, str]:
    """Run the launcher as Meltano does; returns the exit code and the output."""
    done = subprocess.run(
        [LAUNCHER, *arguments],
        cwd=TRANSFORM,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "DBT_TARGET": "dev",
            "DBT_PROFILES_DIR": str(TRANSFORM / "profiles"),
            "DBT_LOG_PATH": str(tmp_path),
            "DBT_TARGET_PATH": str(tmp_path),
            "DBT_BIGQUERY_PROJECT": "acme",
            "DBT_BIGQUERY_LINEAR_DATASET": "ada_linear",
            "DBT_BIGQUERY_GITHUB_DATASET": "ada_github",
            "DBT_BIGQUERY_ANALYTICS_DATASET": "ada_analytics",
            "DBT_BIGQUERY_VARIABLES": VARIABLES,
            **variables,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


class TokenServer(BaseHTTPRequestHandler):
    """Takes signed requests for a token and grants none."""

    requests: ClassVar[list[str]] = []

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        self.requests.append(self.rfile.read(length).decode())
        body = b'{"error": "invalid_grant"}'
        self.send_response(400)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Print nothing."""


@pytest.fixture(scope="module")
def token_url() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), TokenServer) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/token"
        server.shutdown()


@pytest.fixture(scope="module")
def key(token_url: str) -> str:
    """A service account's key that nobody has issued."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return json.dumps(
        {
            "type": "service_account",
            "project_id": "acme",
            "client_email": "nightly@acme.iam.gserviceaccount.com",
            "token_uri": token_url,
            "private_key": private.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            ).decode(),
        }
    )


def given(form: str, key: str, folder: Path) -> dict[str, str]:
    """Return the variables that contain a key in one of its forms."""
    path = folder / "key.json"
    path.write_text(key)
    variable, value = {
        "path": ("PATH", str(path)),
        "JSON": ("JSON", key),
        "base64": ("JSON", base64.b64encode(key.encode()).decode()),
    }[form]
    return {f"DBT_BIGQUERY_CREDENTIALS_{variable}": value}


@pytest.mark.parametrize("form", ["path", "JSON", "base64"])
def test_each_form_of_a_key_gives_dbt_the_same_variables(
    form: str, key: str, tmp_path: Path
) -> None:
    settings = {
        "DBT_BIGQUERY_PROJECT": "acme",
        "DBT_BIGQUERY_LINEAR_DATASET": "ada_linear",
        "DBT_BIGQUERY_GITHUB_DATASET": "ada_github",
        "DBT_BIGQUERY_ANALYTICS_DATASET": "ada_analytics",
    }
    assert checked(settings | given(form, key, tmp_path)) == {
        **settings,
        "DBT_BIGQUERY_CREDENTIALS_JSON": key,
        "DBT_BIGQUERY_CREDENTIALS_PATH": "",
    }


def test_dbt_signs_with_the_key(key: str, tmp_path: Path) -> None:
    TokenServer.requests.clear()
    code, output = run(tmp_path, "debug", **given("path", key, tmp_path))
    assert code == 1, output
    # dbt has read the key, signed with it and asked its address for a token.
    assert any("assertion=" in request for request in TokenServer.requests), output
    assert "PRIVATE KEY" not in output
    assert "\x1b" not in output  # a pipe shows no colors


def test_dbt_uses_the_key_of_a_user(token_url: str, tmp_path: Path) -> None:
    user = {
        "type": "authorized_user",
        "client_id": "id",
        "client_secret": "sesame",
        "refresh_token": "refreshing",
        "token_uri": token_url,
    }
    TokenServer.requests.clear()
    code, output = run(
        tmp_path, "debug", DBT_BIGQUERY_CREDENTIALS_JSON=json.dumps(user)
    )
    assert code == 1, output
    assert any("refresh_token=refreshing" in one for one in TokenServer.requests)


@pytest.mark.parametrize(
    ("variables", "line"),
    [
        ({"DBT_BIGQUERY_PROJECT": " "}, "set BIGQUERY_PROJECT to a"),
        ({"DBT_BIGQUERY_LINEAR_DATASET": "_linear"}, "DEV_PREFIX makes the dataset"),
        ({"DBT_BIGQUERY_LINEAR_DATASET": " _linear"}, "DEV_PREFIX makes the dataset"),
        ({"DBT_BIGQUERY_LINEAR_DATASET": "a-b_linear"}, "DEV_PREFIX makes the dataset"),
        (
            {"DBT_BIGQUERY_ANALYTICS_DATASET": "_analytics"},
            "DBT_BIGQUERY_ANALYTICS_DATASET makes the dataset",
        ),
        (
            {"DBT_BIGQUERY_CREDENTIALS_PATH": "/nowhere/key.json"},
            "BIGQUERY_CREDENTIALS_PATH: /nowhere/key.json cannot be read",
        ),
        (
            {"DBT_BIGQUERY_CREDENTIALS_JSON": "sesame"},
            "BIGQUERY_CREDENTIALS_JSON is neither JSON nor base64",
        ),
        (
            {"DBT_BIGQUERY_CREDENTIALS_JSON": '{"type": "external_account"}'},
            "BIGQUERY_CREDENTIALS_JSON must be the key of a service account",
        ),
    ],
)
def test_a_wrong_setting_is_one_line_with_the_name_of_the_variable(
    variables: dict[str, str], line: str, tmp_path: Path
) -> None:
    code, output = run(tmp_path, "build", **variables)
    assert code == 1
    assert output.startswith(f"Error: {line}")
    assert output.count("\n") == 1


def test_help_needs_no_setting(tmp_path: Path) -> None:
    code, output = run(tmp_path, "--help", DBT_BIGQUERY_PROJECT="")
    assert code == 0
    assert "Usage" in output


class RefusingServer(BaseHTTPRequestHandler):
    """A BigQuery that takes no token."""

    def do_GET(self) -> None:
        self.send_response(401)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        """Print nothing."""


def test_an_api_that_refuses_the_token_is_one_line_without_the_token(
    tmp_path: Path,
) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), RefusingServer) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        code, output = run(
            tmp_path,
            "build",
            DBT_BIGQUERY_API_ENDPOINT=f"http://127.0.0.1:{server.server_port}",
            DBT_BIGQUERY_API_TOKEN="sesame",  # noqa: S106 - a test's
        )
        server.shutdown()
    assert code == 1
    assert output.startswith("Error: DBT_BIGQUERY_API_ENDPOINT: http://127.0.0.1:")
    assert "refuses the token" in output
    assert "make up" in output
    assert "sesame" not in output
    assert output.count("\n") == 1


@pytest.mark.parametrize(
    ("endpoint", "problem"),
    [
        # Nothing listens on the discard port of the loopback.
        ("http://ada:sesame@127.0.0.1:9", "nothing answers at http://127.0.0.1:9."),
        ("127.0.0.1:9050", "is not an address such as http://127.0.0.1:9050"),
        ("http://[", "is not an address such as http://127.0.0.1:9050"),
    ],
)
def test_an_api_that_is_not_there_is_one_line(
    endpoint: str, problem: str, tmp_path: Path
) -> None:
    code, output = run(tmp_path, "build", DBT_BIGQUERY_API_ENDPOINT=endpoint)
    assert code == 1
    assert problem in output
    assert "sesame" not in output
    assert output.count("\n") == 1


def test_contracts_are_enforced_except_with_another_api_than_googles() -> None:
    """The project does not read the address, so dbt parses it once for all of them."""
    from dbt.clients.jinja import get_rendered  # noqa: PLC0415 - takes a second

    google = {
        "DBT_BIGQUERY_PROJECT": "acme",
        "DBT_BIGQUERY_LINEAR_DATASET": "linear",
        "DBT_BIGQUERY_GITHUB_DATASET": "github",
        "DBT_BIGQUERY_ANALYTICS_DATASET": "analytics",
    }
    other = {**google, "DBT_BIGQUERY_API_ENDPOINT": "http://127.0.0.1:9050"}
    project = (TRANSFORM / "dbt_project.yml").read_text("utf-8")
    (enforced,) = re.findall(r'enforced: "(.+)"', project)
    assert [
        get_rendered(enforced, {"env_var": checked(given).get}, native=True)
        for given in (google, other)
    ] == [True, False]
    assert "API_ENDPOINT" not in project


TABLE = """
[linear]
credentials = ["LINEAR_API_KEY"]
[notes]
optional = true
credentials = ["NOTES_TOKEN", "TAP_NOTES_TOKEN"]
"""


def datasets(folder: Path, table: str, **variables: str) -> dict[str, str]:
    """Return what dbt gets in a project with this sources.toml."""
    (folder / "sources.toml").write_bytes(table.encode("latin-1"))
    (folder / "transform").mkdir()
    return checked(
        {
            "DBT_PROJECT_DIR": str(folder / "transform"),
            "DBT_BIGQUERY_PROJECT": "acme",
            "DBT_BIGQUERY_LINEAR_DATASET": "ada_linear",
            "DBT_BIGQUERY_GITHUB_DATASET": "ada_github",
            "DBT_BIGQUERY_ANALYTICS_DATASET": "ada_analytics",
            "DBT_BIGQUERY_NOTES_DATASET": "ada_notes",
            **variables,
        }
    )


@pytest.mark.parametrize(
    ("token", "built"), [("", ""), (" ", ""), ("secret", "ada_notes")]
)
def test_the_dataset_of_an_optional_source_is_empty_until_a_credential_is_set(
    tmp_path: Path, token: str, built: str
) -> None:
    found = datasets(tmp_path, TABLE, TAP_NOTES_TOKEN=token)
    assert found["DBT_BIGQUERY_NOTES_DATASET"] == built
    assert found["DBT_BIGQUERY_LINEAR_DATASET"] == "ada_linear"


@pytest.mark.parametrize(
    ("secrets", "built"), [("gcp://acme-data", "ada_notes"), ("", "")]
)
def test_a_source_whose_credential_can_be_in_secret_manager_is_not_left_out(
    tmp_path: Path, secrets: str, built: str
) -> None:
    found = datasets(tmp_path, TABLE, SECRETS=secrets)
    assert found["DBT_BIGQUERY_NOTES_DATASET"] == built


@pytest.mark.parametrize(
    "table",
    [
        "notes = 'optional'",
        "[notes]\noptional = true",
        "[notes]\noptional = true\ncredentials = 'NOTES_TOKEN'",
        "[[notes]]\noptional = true\ncredentials = ['NOTES_TOKEN']",
    ],
)
def test_a_sources_toml_of_another_project_leaves_no_source_out(
    tmp_path: Path, table: str
) -> None:
    found = datasets(tmp_path, table)
    assert found["DBT_BIGQUERY_NOTES_DATASET"] == "ada_notes"


@pytest.mark.parametrize("table", ["[notes", "# \xff"])
def test_a_sources_toml_that_cannot_be_read_is_one_line_with_its_path(
    tmp_path: Path, table: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        datasets(tmp_path, table)
    path = tmp_path / "sources.toml"
    assert str(refused.value) == f"{path} cannot be read (it is not TOML in UTF-8)"

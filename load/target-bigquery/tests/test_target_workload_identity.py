"""Workload Identity Federation: a token of another provider becomes one of Google's.

Google's own library exchanges it, here with a stand-in of the Security Token Service
and of the service account's tokens (https://cloud.google.com/iam/docs/reference/sts/rest).
BigQuery is the local one, which accepts only the token that these give out.
"""

# ruff: noqa: ANN401 - JSON, and what the SDK leaves open

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest

from sandbox import warehouse as sandbox_warehouse
from sandbox.testing import LocalBigQuery
from target_bigquery.errors import TargetError
from target_bigquery.redaction import REDACTOR

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conftest import Load, Tap

TOKEN = "the-token-of-the-service-account"  # noqa: S105 - made up
TOKEN_TYPE = "urn:ietf:params:oauth:token-type"  # noqa: S105 - RFC 8693
# A JSON web token, as every provider of OpenID Connect gives out.
SUBJECT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhY21lIn0.c2lnbmVk"
FEDERATED = "the-token-of-the-pool"
ACCOUNT = "throughline@acme-data.iam.gserviceaccount.com"
AUDIENCE = "//iam.googleapis.com/locations/global/workforcePools/a/providers/b"


class TokenService(ThreadingHTTPServer):
    """Exchanges tokens as sts.googleapis.com and iamcredentials.googleapis.com do.

    Attributes:
        refuses: Whether it refuses, and repeats the token that it received.
        exchanges: What was sent to it: path, bearer token, body.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.refuses = False
        self.exchanges: list[tuple[str, str, str]] = []


class Handler(BaseHTTPRequestHandler):
    server: TokenService

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        bearer = self.headers.get("Authorization", "").removeprefix("Bearer ")
        self.server.exchanges.append((self.path, bearer, body))
        if self.server.refuses:
            self.reply(400, {"error": "invalid_grant", "error_description": body})
        elif self.path == "/v1/token":
            self.reply(
                200,
                {
                    "access_token": FEDERATED,
                    "issued_token_type": f"{TOKEN_TYPE}:access_token",
                    "token_type": "Bearer",
                    "expires_in": 3600,
                },
            )
        else:
            self.reply(
                200, {"accessToken": TOKEN, "expireTime": "2100-01-01T00:00:00Z"}
            )

    def reply(self, status: int, body: object) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments: object) -> None:
        """Print nothing."""


@pytest.fixture
def tokens() -> Iterator[Any]:
    with TokenService() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with LocalBigQuery(tmp_path_factory.mktemp("guarded"), token=TOKEN) as local:
        yield local


@pytest.fixture
def federated(
    tokens: Any, guarded: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Any:
    """The file that google-github-actions/auth writes, and the token that it names."""
    subject = tmp_path / "subject"
    subject.write_text(SUBJECT)
    file = tmp_path / "credentials.json"
    account = f"{tokens.url}/v1/projects/-/serviceAccounts/{ACCOUNT}"
    file.write_text(
        json.dumps(
            {
                "type": "external_account",
                "audience": AUDIENCE,
                "subject_token_type": f"{TOKEN_TYPE}:jwt",
                "token_url": f"{tokens.url}/v1/token",
                "credential_source": {"file": str(subject)},
                "service_account_impersonation_url": f"{account}:generateAccessToken",
            }
        )
    )
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(file))
    # Google's library for BigQuery sends its requests there, with the credentials.
    monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", guarded.endpoint)
    return {"project": guarded.project, "dataset": "loaded", "api_endpoint": None}


def test_rows_are_loaded_with_the_token_that_the_workflows_token_is_exchanged_for(
    load: Load, tap: Tap, tokens: Any, guarded: Any, federated: Any
) -> None:
    tap.schema("issues", {"id": {"type": "string"}})
    tap.record("issues", {"id": "a"})
    tap.state({"bookmark": 1})
    assert load(tap, **federated) == [{"bookmark": 1}]
    with sandbox_warehouse.client(guarded.endpoint, guarded.project, TOKEN) as client:
        rows = sandbox_warehouse.query(client, "select id from loaded.raw_issues")[1]
    assert rows == [("a",)]
    (exchange, impersonation) = tokens.exchanges
    sent = parse_qs(exchange[2])
    assert (sent["subject_token"], sent["audience"]) == ([SUBJECT], [AUDIENCE])
    assert impersonation[0].endswith(f"{ACCOUNT}:generateAccessToken")
    assert impersonation[1] == FEDERATED


def test_a_refused_exchange_ends_the_load_in_one_line_without_a_token(
    load: Load, tap: Tap, tokens: Any, federated: Any
) -> None:
    tokens.refuses = True
    tap.schema("issues", {"id": {"type": "string"}})
    tap.record("issues", {"id": "a"})
    with pytest.raises(TargetError) as error:
        load(tap, **federated)
    assert "\n" not in str(error.value)
    assert "application default credentials" in str(error.value)
    assert tokens.exchanges
    # Each line passes this before it leaves the process.
    assert SUBJECT not in REDACTOR.redact(str(error.value))
    assert "invalid_grant" in REDACTOR.redact(str(error.value))

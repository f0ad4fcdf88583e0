"""No line that the target writes holds a secret."""

# ruff: noqa: ANN401 - JSON, and what the SDK leaves open

from __future__ import annotations

import base64
import io
import json
import logging
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from target_bigquery.redaction import RedactingStream, Redactor

if TYPE_CHECKING:
    from collections.abc import Iterator

PASSWORD = "pass-word%2F1"  # noqa: S105 - a test's
PLAIN = "pass-word/1"
BASIC = base64.b64encode(f"me:{PLAIN}".encode()).decode()
# Not in one piece, because no file may contain what begins a private key.
KIND = "PRIVATE KEY"
KEY = {
    "type": "service_account",
    "client_email": "loader@example.iam.gserviceaccount.com",
    "private_key_id": "0123456789abcdef",
    "private_key": f"-----BEGIN {KIND}-----\nMIIEvQIBADANBgkqhkiG9w0\n"
    "AQEFAASCBKcwggSjAgEAAoIB\n-----END PRIVATE KEY-----\n",
}
ISSUED = "ya29.a0AfB_byC-token.of_google"


@pytest.fixture
def echo() -> Iterator[Any]:
    """A server that refuses each call and repeats all that it got, and a token."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

        def _answer(self) -> None:
            said = f"you sent {dict(self.headers)} to {self.path}; try {ISSUED}"
            said += f"; key {KEY['private_key']} {KEY['private_key_id']}"
            error = {"code": 400, "message": said, "errors": []}
            body = json.dumps({"error": error}).encode()
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response(400)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = _answer  # noqa: N815 - http.server's names

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def _run(
    config: dict[str, Any], tmp_path: Path, *, text: str = "", **environment: Any
) -> Any:
    path = tmp_path / "config.json"
    path.write_text(json.dumps(config))
    command = str(Path(sys.executable).with_name("target-bigquery"))
    return subprocess.run(
        [command, "--config", str(path)],
        check=False,
        capture_output=True,
        text=True,
        input=text,
        env={**os.environ, **environment},
    )


STRUCTURED = """
version: 1
disable_existing_loggers: false
formatters:
  json: {(): singer_sdk.logging.StructuredFormatter}
handlers:
  console: {class: logging.StreamHandler, formatter: json, stream: ext://sys.stderr}
root: {level: INFO, handlers: [console]}
"""


@pytest.mark.parametrize("log", ["plain", "structured"])
def test_a_server_that_repeats_the_secrets_does_not_get_them_into_the_log(
    echo: Any, tmp_path: Path, log: Any
) -> None:
    config = {
        "project": "p",
        "dataset": "d",
        "api_endpoint": f"http://me:{PASSWORD}@127.0.0.1:{echo}",
        "credentials_json": json.dumps(KEY),
    }
    environment = {}
    if log == "structured":
        (tmp_path / "log.yml").write_text(STRUCTURED)
        environment["SINGER_SDK_LOG_CONFIG"] = str(tmp_path / "log.yml")
    done = _run(config, tmp_path, **environment)
    written = done.stdout + done.stderr
    assert done.returncode == 1
    assert "you sent" in written
    for secret in (PASSWORD, PLAIN, BASIC, ISSUED, "MIIEvQIB", "0123456789abcdef"):
        assert secret not in written
    assert "Traceback" not in written


def test_a_server_that_is_not_there_does_not_get_the_password_into_the_log(
    tmp_path: Path,
) -> None:
    endpoint = f"http://me:{PASSWORD}@127.0.0.1:9"
    config = {"project": "p", "dataset": "d", "api_endpoint": endpoint, "timeout": 1}
    done = _run(config, tmp_path)
    assert "BigQuery does not respond at http://***@127.0.0.1:9" in done.stderr
    assert PASSWORD not in done.stderr


def test_a_wrong_type_of_a_secret_setting_does_not_show_it(tmp_path: Path) -> None:
    config = {"project": "p", "dataset": "d", "credentials_json": ["hidden-value-1"]}
    done = _run(config, tmp_path)
    assert done.returncode == 1
    assert "Setting 'credentials_json' is wrong: it must be a text" in done.stderr
    assert "hidden-value" not in done.stderr


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer abc.def-123456",
        "{'Authorization': 'Bearer abc.def-123456'}",
        '{"authorization": "Basic bWU6YWJjLmRlZi0xMjM0NTY="} abc',
        r"{\"Authorization\": \"token abc.def-123456\"}",
        "b'authorization': b'abc.def-123456'",
        "sent Bearer abc.def-123456 to x",
        "see https://me:abc.def-123456@host/path",
        f"-----BEGIN {KIND}----- abc.def-123456 -----END {KIND}-----",
        "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOi-abc.def-123456",
    ],
)
def test_what_looks_like_a_secret_is_hidden_although_nobody_named_it(text: str) -> None:
    found = Redactor().redact(text)
    assert "***" in found
    assert "def-123456" not in found
    assert "bWU6" not in found


@pytest.mark.parametrize(
    "text",
    [
        "BigQuery refused to write stream 'a' into table 'raw_a': invalid: x",
        "The authorization of stream 'tokens' failed",
        "see https://cloud.google.com/bigquery/docs/error-messages",
        "Basic authentication is not supported",
    ],
)
def test_a_line_without_a_secret_stays_as_it_is(text: str) -> None:
    assert Redactor().redact(text) == text


def test_a_traceback_and_an_escaped_secret_pass_the_filter_too() -> None:
    redactor = Redactor()
    redactor.add('quo"ted\nsecret-of-two-lines')
    output = io.StringIO()
    stream = RedactingStream(output, redactor.redact)
    handler = logging.StreamHandler(stream)
    logger = logging.getLogger("one")
    logger.addHandler(handler)
    try:
        int(json.dumps(['quo"ted\nsecret-of-two-lines']))
    except ValueError:
        logger.exception("it failed")
    assert "Traceback" in output.getvalue()
    assert "secret-of-two" not in output.getvalue()


@pytest.mark.parametrize(
    "secret", ["secret-word-1", "of??this>>length", json.dumps(KEY)]
)
def test_a_secret_in_base64_is_hidden(secret: str) -> None:
    redactor = Redactor()
    redactor.add(secret)
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        text = encode(secret.encode()).decode()
        shown = redactor.redact(f"the server refused '{text}'")
        assert text.rstrip("=") not in shown
        assert "***" in shown


def test_a_token_that_changes_is_hidden_as_it_is_now() -> None:
    redactor, tokens = Redactor(), iter(["first-token", "second-token"])
    redactor.add_source(lambda: next(tokens))
    assert redactor.redact("first-token") == "***"
    assert redactor.redact("first-token second-token") == "*** ***"


def test_a_state_reaches_the_tap_as_it_wrote_it(
    config: dict[str, Any], tmp_path: Path
) -> None:
    state = {
        "bookmarks": {"x": {"url": "https://me:word@host/", "by": "Bearer abcdefgh"}}
    }
    line = json.dumps({"type": "STATE", "value": state})
    done = _run(config, tmp_path, text=f"{line}\n")
    assert json.loads(done.stdout) == state

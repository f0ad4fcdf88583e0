"""A client of a REST API repeats what fails, waits for limits, and gives up in time."""

from __future__ import annotations

import logging
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from tap_linear.common import conditions
from tap_linear.common.errors import FailedError, TapError
from tap_linear.common.faults import Faults
from tap_linear.common.http import Failure
from tap_linear.common.rest import Response, RestClient

if TYPE_CHECKING:
    from collections.abc import Iterator

CONDITIONS: Any = SimpleNamespace(
    UNREACHABLE=conditions.unreachable("Vendor"),
    LIMIT_TOO_LONG=conditions.limit_too_long("Vendor"),
    TEXT_REPAIRED=conditions.text_repaired("Vendor"),
)
NOWHERE = "http://127.0.0.1:9"


class Client(RestClient):
    """A client whose waits are not waited for."""

    vendor = "Vendor"
    tap = "tap-linear"

    def __init__(self, url: str) -> None:
        config = {"api_url": url, "max_wait_seconds": 60, "request_timeout": 5}
        logger = logging.getLogger("tap")
        self.faults = Faults(logger)
        self.waits: list[float] = []
        super().__init__(
            config,
            CONDITIONS,
            self.faults,
            logger,
            url=NOWHERE,
            sleep=self.waits.append,
        )

    def probe(self) -> Response | Failure:
        return self.attempt("GET", f"{self.url}/probe")


class Handler(BaseHTTPRequestHandler):
    """Answers by path: a status, or a body."""

    def do_GET(self) -> None:
        name = self.path.strip("/")
        self.send_response(int(name) if name.isdecimal() else 200)
        self.send_header("Retry-After", "7")
        self.end_headers()
        bodies = {"probe": b"{}", "half": rb'{"text": "\ud83d"}', "text": b"<html>"}
        self.wfile.write(bodies.get(name, b"{}"))

    def log_message(self, *_: object) -> None:
        """Write nothing."""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """An API that answers."""
    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_response_has_its_json_and_header_names_in_lower_case(url: str) -> None:
    client = Client(url)
    found = client.attempt("GET", f"{url}/503")
    assert isinstance(found, Response)
    assert (found.status, found.body, found.headers["retry-after"]) == (503, {}, "7")
    assert client.requests == 1
    assert client.answered_at is not None


def test_content_that_is_not_json_has_no_body(url: str) -> None:
    found = Client(url).attempt("GET", f"{url}/text")
    assert isinstance(found, Response)
    assert found.body is None


def test_text_that_is_not_unicode_is_repaired_and_reported(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    found = Client(url).attempt("GET", f"{url}/half")
    assert isinstance(found, Response)
    assert found.body == {"text": "\ufffd"}
    assert "a response of Vendor contains text that is not valid" in caplog.text


def test_an_address_that_cannot_be_used_names_its_setting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TAP_LINEAR_VARIABLES", "token_url=TOKEN_URL")
    with pytest.raises(TapError, match="TOKEN_URL cannot be used"):
        Client(NOWHERE).attempt("GET", "nothing://there", "token_url")


def test_pauses_double_and_are_at_least_what_the_api_asks_for(url: str) -> None:
    client = Client(url)
    failures = client.pause(0, "HTTP 503")
    failures = client.pause(failures, "HTTP 503", {"retry-after": "7"})
    assert client.pause(failures, "HTTP 503") == 3
    assert client.waits == [1, 7, 4]


def test_a_pause_that_is_longer_than_the_setting_ends_the_run(url: str) -> None:
    client = Client(url)
    with pytest.raises(TapError) as ended:
        client.pause(0, "HTTP 503: busy", {"retry-after": "3600"})
    (line,) = ended.value.lines
    assert line.startswith("Vendor makes a request wait 3,600 s (HTTP 503: busy), lon")
    assert "max_wait_seconds (60 s)" in line
    assert client.waits == []


def test_the_waits_of_one_request_are_added_up(url: str) -> None:
    client = Client(url)
    waited = client.wait_for_limit(40, 0.0, "too many requests")
    assert waited == 40
    with pytest.raises(TapError, match="makes a request wait 80 s"):
        client.wait_for_limit(40, waited, "too many requests")
    assert client.waits == [40]


def test_the_last_failure_fails_only_the_request_while_the_api_answers(
    url: str,
) -> None:
    with pytest.raises(FailedError, match="HTTP 503"):
        Client(url).pause(4, "HTTP 503")


def test_the_last_failure_ends_the_run_if_the_api_answers_nothing() -> None:
    with pytest.raises(TapError) as ended:
        Client(NOWHERE).pause(4, "HTTP 503")
    assert not isinstance(ended.value, FailedError)
    assert "Vendor cannot be reached at http://127.0.0.1:9: HTTP 503, 5 times" in str(
        ended.value
    )


def test_a_request_that_the_run_needs_ends_it_while_the_api_answers(url: str) -> None:
    with pytest.raises(TapError, match=r"reached at https://x\.example/token"):
        Client(url).pause(4, "HTTP 503", needed="https://me:secret@x.example/token")


def test_a_connection_that_fails_is_a_failure_with_its_cause() -> None:
    client = Client(NOWHERE)
    found = client.attempt("GET", NOWHERE)
    assert isinstance(found, Failure)
    assert client.words(found) == f"the connection failed ({found.cause})"

"""A request ends in time, and says why no complete response arrived."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import pytest
import requests

from tap_linear.common.http import (
    Failure,
    FailureKind,
    HttpSession,
    without_credentials,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@contextmanager
def serving(reply: Callable[[socket.socket], None]) -> Iterator[str]:
    """Serve every connection by a function; yield the address."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with connection, suppress(OSError):
                    reply(connection)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    finally:
        listener.close()


def complete(connection: socket.socket) -> None:
    request = connection.recv(65_536)
    head = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: "
    connection.sendall(head + str(len(request)).encode() + b"\r\n\r\n" + request)


def in_pieces(connection: socket.socket) -> None:
    """Send one byte at a time, so that no single read times out."""
    connection.recv(65_536)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    waiting = threading.Event()
    for _ in range(1_000):
        connection.sendall(b"x")
        waiting.wait(0.05)


def cut_short(connection: socket.socket) -> None:
    connection.recv(65_536)
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab")


def closed_at_once(connection: socket.socket) -> None:
    connection.recv(65_536)


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (in_pieces, FailureKind.TIMED_OUT),
        (cut_short, FailureKind.CLOSED),
        (closed_at_once, FailureKind.CLOSED),
    ],
)
def test_a_response_that_does_not_arrive_may_have_been_too_large(
    reply: Callable[[socket.socket], None], kind: FailureKind
) -> None:
    with serving(reply) as url:
        failure = HttpSession("test", 0.5).send("GET", url)
    assert isinstance(failure, Failure)
    assert failure.kind is kind
    assert failure.may_be_size


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("http://127.0.0.1:1/", FailureKind.NOT_CONNECTED),
        ("http://nowhere.invalid/", FailureKind.NOT_CONNECTED),
        ("nothing", FailureKind.NOT_SENT),
    ],
)
def test_a_request_that_never_arrived_was_not_too_large(
    url: str, kind: FailureKind
) -> None:
    failure = HttpSession("test", 5).send("GET", url)
    assert isinstance(failure, Failure)
    assert failure.kind is kind
    assert not failure.may_be_size


def test_the_session_can_be_used_again_after_a_timeout() -> None:
    session = HttpSession(" agent\n", 0.5)
    with serving(in_pieces) as slow:
        assert isinstance(session.send("GET", slow), Failure)
    with serving(complete) as url:
        response = session.send("GET", url)
    assert isinstance(response, requests.Response)
    assert "User-Agent: agent\r\n" in response.text


def test_a_header_is_not_replaced_by_what_a_netrc_file_contains(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login a password b\n", encoding="utf-8")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with serving(complete) as url:
        response = HttpSession("test", 5).send(
            "GET", url, headers={"Authorization": "Bearer mine"}
        )
    assert isinstance(response, requests.Response)
    assert "Authorization: Bearer mine\r\n" in response.text


def test_a_message_shows_an_address_without_user_password_and_query() -> None:
    shown = without_credentials("https://ada:secret@api.example.com:8/v3?token=a#b")
    assert shown == "https://api.example.com:8/v3"

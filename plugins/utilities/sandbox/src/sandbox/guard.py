"""Access control of the servers: only local programs with the token are accepted.

A web page can send requests to a server on the loopback interface, and with DNS
rebinding it can read the responses. The browser then sends the page's own `Host`, and
`Origin` or `Sec-Fetch-Site` with nearly every request. Programs send neither.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from secrets import compare_digest
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from starlette.types import ASGIApp, Receive, Scope, Send

HEADER = b"authorization"
# A page may send these without asking the server first: the Fetch standard's
# CORS-safelisted request headers,
# https://fetch.spec.whatwg.org/#cors-safelisted-request-header
FORM_TYPES = {
    b"text/plain",
    b"application/x-www-form-urlencoded",
    b"multipart/form-data",
}
UNAUTHORIZED = (
    "The sandbox requires the token of its last start: `make up` writes it to .env"
    " as SANDBOX_TOKEN."
)
LOOPBACK = (b"127.0.0.1", b"localhost", b"[::1]")


class Guard:
    """Rejects requests before the application receives them.

    Args:
        app: The application.
        token: The token that `Authorization: Bearer` must contain; None requires none.
        is_private: Whether a path requires the token.
        forms: Paths that accept forms, as the vendor's do. A request of a web page has
            an `Origin` and is rejected there, too.
    """

    def __init__(
        self,
        app: ASGIApp,
        token: str | None,
        is_private: Callable[[str], bool],
        forms: Collection[str] = (),
    ) -> None:
        """Store the application and the rules."""
        self._app = app
        self._forms = frozenset(forms)
        self._expected = None if token is None else f"Bearer {token}".encode()
        self._is_private = is_private

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Reject one request, or pass it to the application."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        refusal = self._refusal(scope) if scope["type"] == "http" else None
        if refusal is None:
            await self._app(scope, receive, send)
            return
        await _refuse(send, *refusal)

    def _refusal(self, scope: Scope) -> tuple[HTTPStatus, str] | None:
        values: dict[bytes, list[bytes]] = {}
        for name, value in scope["headers"]:
            values.setdefault(name.lower(), []).append(value)
        port = scope["server"][1]
        hosts = {b"%s:%d" % (name, port) for name in LOOPBACK}
        given = [host.lower() for host in values.get(b"host", ())]
        if len(given) != 1 or given[0] not in hosts:
            return (
                HTTPStatus.FORBIDDEN,
                f"The sandbox accepts only the Host 127.0.0.1:{port}.",
            )
        sites = values.get(b"sec-fetch-site", [b"none"])
        if b"origin" in values or sites != [b"none"]:
            return HTTPStatus.FORBIDDEN, "The sandbox rejects requests of web pages."
        kinds = values.get(b"content-type", ())
        for value in () if scope["path"] in self._forms else kinds:
            if value.partition(b";")[0].strip().lower() in FORM_TYPES:
                return (
                    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
                    "The sandbox accepts no forms and no plain text: send JSON.",
                )
        if self._expected is None or not self._is_private(scope["path"]):
            return None
        tokens = values.get(HEADER, ())
        if len(tokens) == 1 and compare_digest(tokens[0], self._expected):
            return None
        return HTTPStatus.UNAUTHORIZED, UNAUTHORIZED


async def _refuse(send: Send, status: HTTPStatus, message: str) -> None:
    """Return an error in the format that Google's clients read."""
    error = {"reason": "forbidden", "message": message}
    body = json.dumps(
        {"error": {"code": status, "message": message, "errors": [error]}}
    ).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})

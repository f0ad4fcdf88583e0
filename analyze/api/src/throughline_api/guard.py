"""Who may ask: programs of this machine, or clients with the key, and how often.

A web page can send requests to a server on the loopback interface, and with DNS
rebinding it can read the responses. The browser then sends the page's own `Host`. So
without a key, a `Host` that does not name the loopback interface is refused. With or
without a key, a request that another site's page sends is refused.
"""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from hmac import compare_digest
from http import HTTPStatus
from ipaddress import IPv4Address, IPv6Network, ip_address
from typing import TYPE_CHECKING

from .problems import problem

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK = (b"127.0.0.1", b"localhost", b"[::1]")
OPEN = frozenset({"/healthz", "/docs", "/openapi.json"})
"""Paths without data: they require no key."""
SITES = {b"none", b"same-origin"}
HTTP_PORT = 80
CLIENTS = 10_000
"""Clients whose requests are counted at the same time."""
SECONDS = 60
NETWORK_BITS = 64
HEADERS = [
    # Revalidate with the ETag each time; no shared cache.
    (b"cache-control", b"private, no-cache"),
    (b"x-content-type-options", b"nosniff"),
    (
        b"content-security-policy",
        (
            b"default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none';"
            b" base-uri 'none'; form-action 'none'"
        ),
    ),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"referrer-policy", b"no-referrer"),
]


class Rates:
    """How many requests each client may still send: a bucket that fills up again."""

    def __init__(
        self, per_minute: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Know no client yet.

        Args:
            per_minute: Requests of one client in a minute, also all at once.
            clock: Returns seconds.
        """
        self._per_minute = per_minute
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, client: str) -> float:
        """Count a request.

        Args:
            client: The client's network.

        Returns:
            0 if it may be answered; else the seconds after which the next one may.
        """
        now = self._clock()
        left, at = self._left.pop(client, (float(self._per_minute), now))
        left = min(
            float(self._per_minute), left + (now - at) * self._per_minute / SECONDS
        )
        allowed = left >= 1
        self._left[client] = (left - 1 if allowed else left, now)
        if len(self._left) > CLIENTS:
            self._left.popitem(last=False)
        return 0.0 if allowed else (1 - left) * SECONDS / self._per_minute


class Guard:
    """Refuses a request before the application sees it.

    Args:
        app: The application.
        access_key: What `X-API-Key` must be; None requires a loopback `Host`.
        rates: How many requests a client may send.
    """

    def __init__(self, app: ASGIApp, access_key: str | None, rates: Rates) -> None:
        """Remember the application and who may ask it."""
        self._app = app
        self._expected = None if access_key is None else _digest(access_key.encode())
        self._rates = rates

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request: refuse it, or let the application answer."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], *HEADERS]}
            await send(message)

        answer = self._refusal(scope) or self._app
        if scope["method"] == "HEAD":
            # The server sends no body: it remembers the method itself.
            scope = {**scope, "method": "GET"}
        await answer(scope, receive, send_with_headers)

    def _refusal(self, scope: Scope) -> Response | None:
        """Return why a request is refused, None if it is not."""
        values: dict[bytes, list[bytes]] = {}
        for name, value in scope["headers"]:
            values.setdefault(name.lower(), []).append(value)
        refused = self._other_host(scope, values) or _other_site(scope, values)
        if refused or scope["path"] == "/healthz":
            return refused
        return self._too_often(scope) or self._without_key(scope, values)

    def _other_host(
        self, scope: Scope, values: Mapping[bytes, list[bytes]]
    ) -> Response | None:
        hosts = values.get(b"host", [])
        if len(hosts) != 1:
            return problem(HTTPStatus.BAD_REQUEST, "send exactly one Host header")
        if self._expected is None and hosts[0].lower() not in _own_hosts(scope):
            return problem(
                HTTPStatus.FORBIDDEN,
                "without a key, this server answers to the Host 127.0.0.1 only",
            )
        return None

    def _too_often(self, scope: Scope) -> Response | None:
        client = scope["client"][0] if scope["client"] else ""
        seconds = self._rates.wait(_network(client))
        if not seconds:
            return None
        return problem(
            HTTPStatus.TOO_MANY_REQUESTS,
            "too many requests from this client: wait as Retry-After says",
            {"Retry-After": str(int(seconds) + 1)},
        )

    def _without_key(
        self, scope: Scope, values: Mapping[bytes, list[bytes]]
    ) -> Response | None:
        if self._expected is None or scope["path"] in OPEN:
            return None
        keys = values.get(b"x-api-key", [])
        if len(keys) == 1 and compare_digest(_digest(keys[0]), self._expected):
            return None
        return problem(
            HTTPStatus.UNAUTHORIZED,
            "the key is missing or wrong: send it in the header X-API-Key",
            {"WWW-Authenticate": 'ApiKey realm="throughline"'},
        )


def _network(client: str) -> str:
    """Return whose requests are counted together: an IPv6 client has a whole /64.

    An IPv4 address counts on its own, also where a socket for both writes it as
    ::ffff:192.0.2.1. (https://www.rfc-editor.org/rfc/rfc6177#section-2)
    """
    try:
        address = ip_address(client)
    except ValueError:
        return client
    if isinstance(address, IPv4Address) or address.ipv4_mapped:
        return client
    return str(IPv6Network((int(address), NETWORK_BITS), strict=False))


def _other_site(scope: Scope, values: Mapping[bytes, list[bytes]]) -> Response | None:
    own = b"%s://%s" % (scope["scheme"].encode(), values[b"host"][0].lower())
    sites = values.get(b"sec-fetch-site", [b"none"])
    if set(sites) - SITES or any(
        origin.lower() != own for origin in values.get(b"origin", [])
    ):
        return problem(
            HTTPStatus.FORBIDDEN, "this server rejects requests of web pages"
        )
    return None


def _own_hosts(scope: Scope) -> set[bytes]:
    """Return what a program of this machine sends as `Host`.

    Besides the usual names, this is the address that the server listens on: a page
    cannot have an address of the loopback interface as its own.
    """
    address, port = scope["server"]
    own = f"[{address}]" if ":" in address else address
    names = {*LOOPBACK, own.encode()} if _is_loopback(address) else {*LOOPBACK}
    hosts = {b"%s:%d" % (name, port) for name in names}
    # A client leaves out the usual port.
    return hosts | names if port == HTTP_PORT else hosts


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


def _digest(key: bytes) -> bytes:
    """Return a text of a fixed length, so that the time of a comparison tells nothing.

    compare_digest takes time that depends on the length of its arguments:
    https://docs.python.org/3/library/hmac.html#hmac.compare_digest
    """
    return hashlib.sha256(key).digest()

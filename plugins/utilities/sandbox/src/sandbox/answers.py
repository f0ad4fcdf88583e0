"""The responses of the APIs, and the bodies of GraphQL requests."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson
from starlette.responses import Response

if TYPE_CHECKING:
    from collections.abc import Mapping

JSON = "application/json; charset=utf-8"


@dataclass(slots=True)
class Answer:
    """One response, before it is sent.

    Attributes:
        status: HTTP status.
        body: A JSON value, or bytes that are sent unchanged; None sends no body.
        headers: Headers of this response.
        operation: Name of the operation in the statistics.
        points: Points that the request cost.
    """

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    operation: str = ""
    points: float = 0

    def encoded(self) -> bytes:
        """Return the body as bytes."""
        if isinstance(self.body, bytes):
            return self.body
        if self.body is None:
            return b""
        try:
            return orjson.dumps(self.body)
        except TypeError:  # half a surrogate pair, which is not valid UTF-8
            return json.dumps(self.body).encode()

    def response(self) -> Response:
        """Return the response as a Starlette object."""
        media_type = None if self.body is None else JSON
        return Response(
            self.encoded(), self.status, headers=self.headers, media_type=media_type
        )


class CutResponse(Response):
    """A response whose connection closes in the middle of its body."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401, ARG002 - ASGI's
        """Announce the whole body, send half of it, and close the connection."""
        await send(
            {
                "type": "http.response.start",
                "status": self.status_code,
                "headers": self.raw_headers,
            }
        )
        half = bytes(self.body)[: len(self.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
        # Returning now makes the server close the connection without the rest.


class TrickleResponse(Response):
    """A response that never ends: it sends one space after the other."""

    pause = 0.1
    """Seconds between two spaces."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401, ARG002 - ASGI's
        """Send one byte after the other until the client disconnects."""
        gone = asyncio.ensure_future(_left(receive))
        headers = [each for each in self.raw_headers if each[0] != b"content-length"]
        start = {"status": self.status_code, "headers": headers}
        await send({"type": "http.response.start", **start})
        while not gone.done():
            await send({"type": "http.response.body", "body": b" ", "more_body": True})
            await asyncio.sleep(self.pause)


async def _left(receive: Any) -> None:  # noqa: ANN401 - ASGI's
    """Return when the client has disconnected."""
    while (await receive())["type"] != "http.disconnect":
        continue


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    """The body of a GraphQL request."""

    query: str
    variables: Mapping[str, Any]
    operation_name: str | None

    @classmethod
    def read(cls, body: bytes) -> GraphQLRequest | None:
        """Parse a request's body; None if it is not valid."""
        try:
            found = orjson.loads(body)
        except orjson.JSONDecodeError:
            return None
        if not isinstance(found, dict) or not isinstance(found.get("query"), str):
            return None
        return cls(
            found["query"], found.get("variables") or {}, found.get("operationName")
        )


def operation_label(engine_operation: Any, request: GraphQLRequest) -> str:  # noqa: ANN401
    """Return an operation's name in the statistics: its own, else its root fields."""
    if request.operation_name:
        return request.operation_name
    if engine_operation is None:
        return "invalid"
    if engine_operation.name:
        return str(engine_operation.name.value)
    return ",".join(
        node.name.value
        for node in engine_operation.selection_set.selections
        if hasattr(node, "name")
    )

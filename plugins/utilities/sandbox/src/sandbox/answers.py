"""What both APIs answer with."""

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
    """One answer, before it is sent.

    Attributes:
        status: HTTP status.
        body: Anything that JSON can carry, or bytes as they are; None sends no body.
        headers: Headers of this answer.
        operation: What was asked, as the statistics count it.
        points: What it cost.
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
        except TypeError:  # half a surrogate pair, which is no UTF-8
            return json.dumps(self.body).encode()

    def response(self) -> Response:
        """Return it as Starlette sends it."""
        media_type = None if self.body is None else JSON
        return Response(
            self.encoded(), self.status, headers=self.headers, media_type=media_type
        )


class CutResponse(Response):
    """A response whose connection ends in the middle of its body."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401, ARG002 - ASGI's
        """Promise the whole body, send half of it, and hang up."""
        await send(
            {
                "type": "http.response.start",
                "status": self.status_code,
                "headers": self.raw_headers,
            }
        )
        half = bytes(self.body)[: len(self.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
        # Returning now makes the server close the connection: the rest never comes.


class TrickleResponse(Response):
    """A response that never stops and never comes to its end: blank after blank."""

    pause = 0.1
    """Seconds between two blanks."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401, ARG002 - ASGI's
        """Send one byte after the other until the client has left."""
        gone = asyncio.ensure_future(_left(receive))
        headers = [each for each in self.raw_headers if each[0] != b"content-length"]
        start = {"status": self.status_code, "headers": headers}
        await send({"type": "http.response.start", **start})
        while not gone.done():
            await send({"type": "http.response.body", "body": b" ", "more_body": True})
            await asyncio.sleep(self.pause)


async def _left(receive: Any) -> None:  # noqa: ANN401 - ASGI's
    """Return when the client has hung up."""
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
        """Read a request's body; None where it is none."""
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
    """Name an operation for the statistics: its own name, else its root fields."""
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

"""Descriptions of faults: what fails, when and where."""

from __future__ import annotations

import random
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import TYPE_CHECKING, Any

from sandbox.answers import Answer, GraphQLRequest

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.responses import Response

APIS = ("linear", "github", "hubspot", "google_health", "notion")


class FaultError(ValueError):
    """A fault that cannot be injected; the message is for the user."""


@dataclass(slots=True)
class Order:
    """A fault to inject.

    Attributes:
        kind: A name of KINDS.
        api: One of APIS.
        at: The first matching request that fails, from 1.
        count: How many fail from there on; 0 is all.
        rate: Instead of `at`: the share of requests that fail, from `seed`.
        match: Only requests whose address or document contains this text.
        above: Only GraphQL requests whose variable `first` is more than this.
        status: Another HTTP status than the default of the kind.
        code: Another error code (Linear) or type (GitHub) than the default of the kind.
        seconds: Latency, or Retry-After.
        row_seconds: Additional latency for each ID in the variable `ids`.
        token: Only requests whose credential contains this text.
        field: Field of the response that is changed; "" is any list.
        value: The new value.
        every: Every n-th entry of a list becomes null.
    """

    kind: str
    api: str
    at: int = 1
    count: int = 1
    rate: float | None = None
    seed: int = 0
    match: str = ""
    above: int | None = None
    status: int | None = None
    code: str | None = None
    seconds: float | None = None
    row_seconds: float = 0
    token: str = ""
    field: str = ""
    value: Any = None
    every: int = 2
    seen: int = attribute(init=False, default=0)
    body: bytes = attribute(init=False, default=b"", repr=False)
    url: str = attribute(init=False, default="")
    authorization: str = attribute(init=False, default="", repr=False)
    _random: random.Random = attribute(init=False)

    def __post_init__(self) -> None:
        """Seed the random numbers of this fault."""
        self._random = random.Random(self.seed)  # noqa: S311 - to be repeatable

    def hits(self, url: str, body: bytes, authorization: str) -> bool:
        """Count a request; return whether it fails."""
        if self.token and not authorization.endswith(self.token):
            return False
        if self.match and self.match not in url and self.match.encode() not in body:
            return False
        if self.above is not None and _page_size(body) <= self.above:
            return False
        self.seen += 1
        self.body = body
        self.authorization = authorization
        if self.rate is not None:
            return self._random.random() < self.rate
        if self.seen < self.at:
            return False
        return self.count == 0 or self.seen < self.at + self.count


@dataclass(slots=True)
class Fault:
    """The fault of one request."""

    kind: str
    latency: float = 0
    instead: Callable[[], Answer] | None = None
    after: Callable[[Answer], Response] | None = None


def named_rows(body: bytes) -> int:
    """Return the number of IDs in the variable `ids` of a GraphQL request."""
    request = GraphQLRequest.read(body)
    return len(request.variables.get("ids") or ()) if request else 0


def _page_size(body: bytes) -> int:
    """Return the variable `first` of a GraphQL request; 0 if there is none."""
    request = GraphQLRequest.read(body)
    return int(request.variables.get("first") or 0) if request else 0

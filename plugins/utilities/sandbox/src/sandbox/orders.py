"""Orders: what is to go wrong, when and where."""

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
    """An order that cannot be carried out, in words for the user."""


@dataclass(slots=True)
class Order:
    """What was asked to go wrong.

    Attributes:
        kind: A name of KINDS.
        api: One of APIS.
        at: The first matching request that fails, from 1.
        count: How many fail from there on; 0 is all.
        rate: Instead of `at`: the share of requests that fail, from `seed`.
        match: Only requests whose address or document holds this text.
        above: Only GraphQL requests whose variable `first` is more than this.
        status: Another HTTP status than the kind's own.
        code: Another error code (Linear) or type (GitHub) than the kind's own.
        seconds: Latency, or Retry-After.
        row_seconds: More latency for each row that the request names (variable `ids`).
        token: Only requests whose credential holds this text.
        field: What of the answer is damaged: a field's name, "" for any list.
        value: What is put there.
        every: Which entries of a list are nulled: each n-th.
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
        """Start the order's own random numbers."""
        self._random = random.Random(self.seed)  # noqa: S311 - to be repeatable

    def hits(self, url: str, body: bytes, authorization: str) -> bool:
        """Count a request and say whether it is to fail."""
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
    """What one request runs into."""

    kind: str
    latency: float = 0
    instead: Callable[[], Answer] | None = None
    after: Callable[[Answer], Response] | None = None


def named_rows(body: bytes) -> int:
    """Return how many IDs a GraphQL request names in its variable `ids`."""
    request = GraphQLRequest.read(body)
    return len(request.variables.get("ids") or ()) if request else 0


def _page_size(body: bytes) -> int:
    """Return the variable `first` of a GraphQL request; 0 where there is none."""
    request = GraphQLRequest.read(body)
    return int(request.variables.get("first") or 0) if request else 0

"""Requests objects by their IDs, in batches that GitHub can answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

from tap_github_prs.common.errors import UnreadableError
from tap_github_prs.streams.refusal import refusal
from tap_github_prs.transport.batches import BatchSize, in_batches
from tap_github_prs.transport.client import LARGEST_PAGE
from tap_github_prs.transport.errors import TooHeavyError
from tap_github_prs.transport.partial import why

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tap_github_prs.schemas.rows import Node
    from tap_github_prs.transport.client import GitHub
    from tap_github_prs.transport.errors import Response


class HasID(Protocol):
    """Something that GitHub has an object for."""

    @property
    def node_id(self) -> str:
        """GraphQL's ID."""


Wanted = TypeVar("Wanted", bound=HasID)


def read_by_id(
    github: GitHub, operation: str, wanted: Sequence[Wanted]
) -> Iterator[list[tuple[Wanted, Node | UnreadableError]]]:
    """Request objects by their IDs.

    Args:
        github: The client.
        operation: Requests `nodes(ids: $ids)`.
        wanted: What to request, in this order.

    Yields:
        Batches in that order: each object, or why GitHub did not return it.
    """

    def ask(some: Sequence[Wanted]) -> Response:
        variables = {"ids": [each.node_id for each in some]}
        try:
            return github.graphql(operation, variables, shrinkable=len(some) > 1)
        except UnreadableError as error:
            if len(some) == 1:
                raise
            raise TooHeavyError(str(error)) from None

    size = BatchSize(LARGEST_PAGE)
    waiting = wanted
    while waiting:
        try:
            for asked, response in in_batches(waiting, size, ask):
                yield list(zip(asked, _nodes(response, len(asked)), strict=True))
                waiting = waiting[len(asked) :]
        except (TooHeavyError, UnreadableError) as error:
            # It is the first of them: in the end they were requested one by one.
            first, *waiting = waiting
            yield [(first, UnreadableError(str(error)))]


def _nodes(response: Response, count: int) -> list[Node | UnreadableError]:
    """Return the nodes of a response, and what the null ones mean."""
    data = response.body["data"]
    if len(data["nodes"]) != count:
        message = f"{len(data['nodes'])} nodes in place of {count}"
        return [UnreadableError(message)] * count
    errors = {
        error["path"][1]: error
        for error in response.errors
        if isinstance(error.get("path"), list) and len(error["path"]) > 1
    }
    loose = why(data, "") or why(data, "nodes")
    return [
        node or refusal(errors.get(n), ["nodes"], loose)
        for n, node in enumerate(data["nodes"])
    ]

"""The base of the streams whose rows come with a pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from tap_github_prs.streams.base import TableStream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from singer_sdk.helpers.types import Context

    from tap_github_prs.schemas.rows import Node, Row


class PullRequestChild(TableStream):
    """Rows come with their pull request, in the same request, and before it."""

    connection: ClassVar[str]
    """Field of the pull request that holds the nodes."""

    def get_records(self, context: Context | None) -> Iterable[Row]:  # noqa: ARG002
        """Yield nothing: PullRequests writes the rows."""
        return ()

    def nodes(self, pull_request: Node) -> Iterator[Node]:
        """Yield the nodes of a hydrated pull request."""
        held = pull_request.get(self.connection) or {"nodes": []}
        return (node for node in held["nodes"] if node is not None)

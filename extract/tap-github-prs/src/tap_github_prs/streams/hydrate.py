"""From IDs to complete pull requests, batch by batch.

What GitHub does not return of a pull request is a gap. A gap stops nothing: what was
returned is handed on, with the reason, and the reader remembers to request it again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tap_github_prs.common.errors import UnreadableError
from tap_github_prs.streams.details import Details
from tap_github_prs.streams.lookahead import Lookahead
from tap_github_prs.streams.nested import gaps
from tap_github_prs.streams.refusal import NO_REASON
from tap_github_prs.transport.errors import GoneError
from tap_github_prs.transport.partial import expecting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tap_github_prs.common.nested_pages import NestedPages
    from tap_github_prs.schemas.rows import Node
    from tap_github_prs.streams.details import Listed
    from tap_github_prs.transport.auth import Token
    from tap_github_prs.transport.client import GitHub


@dataclass(frozen=True, slots=True)
class Hydrated:
    """What GitHub returned of a pull request.

    Attributes:
        listed: What was requested.
        node: What was returned; None if nothing was.
        gaps: What was not returned of it, and why.
    """

    listed: Listed
    node: Node | None
    gaps: tuple[str, ...] = ()


Batch = list[Hydrated]


class Hydrator:
    """Reads pull requests with everything below them.

    Args:
        github: The client.
        at_once: Pull requests in a request.
        repositories: GraphQL's IDs of their repositories by numeric ID.
        threads: How long the lists of threads are that were read before; those that
            are read are added.

    Attributes:
        lost: Why a repository, by numeric ID, cannot be seen any more. Nothing more is
            read of it.
    """

    def __init__(
        self,
        github: GitHub,
        at_once: int,
        repositories: Mapping[int, str],
        threads: NestedPages,
    ) -> None:
        """Request nothing yet."""
        self._github = github
        self._threads = threads
        self._details = Details(github, at_once, threads)
        self._repositories = repositories
        self.lost: dict[int, str] = {}

    def read(
        self,
        listed: list[Listed],
        token: Token | None = None,
        idle: Callable[[], None] | None = None,
    ) -> Iterator[Batch]:
        """Read pull requests.

        Args:
            listed: The pull requests to read, in this order.
            token: The token to use; None for the one with the most left.
            idle: See `Lookahead`.

        Yields:
            Batches in that order, with every nested list whole or its gap named.
        """
        lookahead = Lookahead(self._github, self._details, listed, token, idle)
        for chunk in lookahead:
            lost = len(self.lost)
            yield [
                each
                for one, node in zip(chunk.listed, chunk.nodes or (), strict=True)
                if (each := self._whole(one, node))
            ]
            if len(self.lost) > lost:
                lookahead.drop(self.lost)

    def _whole(self, one: Listed, node: Node | UnreadableError) -> Hydrated | None:
        """Return a pull request with its gaps.

        None if its repository cannot be seen any more.
        """
        if one.repository_id in self.lost:
            return None
        if isinstance(node, UnreadableError):
            if isinstance(node, GoneError) and not self._is_seen(one.repository_id):
                return None
            return Hydrated(one, None, (str(node),))
        try:
            with expecting():
                found = Hydrated(one, node, tuple(gaps(self._github, node)))
                if (threads := node.get("reviewThreads")) and not found.gaps:
                    self._threads.observe(len(threads["nodes"]))
                return found
        except UnreadableError as error:
            return Hydrated(one, None, (str(error),))

    def _is_seen(self, repository_id: int) -> bool:
        """Whether a repository can be seen in which a pull request is not found.

        To a token that has lost access GitHub says of everything that it is not there.
        """
        variables = {"id": self._repositories[repository_id], "first": 1}
        try:
            response = self._github.graphql("ListPullRequests", variables)
            if response.body["data"]["node"] is not None:
                return True
            words = response.message or NO_REASON
        except UnreadableError as error:
            words = str(error)
        self.lost[repository_id] = words
        return False

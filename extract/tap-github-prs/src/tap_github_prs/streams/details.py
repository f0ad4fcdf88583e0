"""Requests pull requests by ID, and the next pages of nested lists, in one document."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING, Any

from tap_github_prs.common.errors import UnreadableError
from tap_github_prs.common.nested_pages import Prices
from tap_github_prs.documents.aliases import NESTED_PAGES, THREAD_PAGES, alias
from tap_github_prs.documents.fragments import HYDRATE
from tap_github_prs.streams.nested import CHILD_LISTS
from tap_github_prs.streams.refusal import refusal
from tap_github_prs.transport.batches import BatchSize
from tap_github_prs.transport.errors import RefusedQueryError, TooHeavyError
from tap_github_prs.transport.partial import expecting, why

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_github_prs.common.nested_pages import NestedPages
    from tap_github_prs.schemas.rows import Node
    from tap_github_prs.streams.nested import Nested
    from tap_github_prs.transport.auth import Token
    from tap_github_prs.transport.client import GitHub
    from tap_github_prs.transport.errors import Response

FIRST_BATCH = 25
"""Pull requests in one of the first batches; the next ones grow as long as GitHub
answers (docs/apis/github.md)."""

MANY = 400
PROBE = 5
"""Pull requests in the very first batch if more than MANY are to be read. Until its
response arrives, no other request is sent: a small one is answered sooner. Among many
requests, one more hardly counts."""

GROWTH = 1.25
"""Growth from one batch to the next, until GitHub refuses one. Then it is one pull
request per batch."""

LISTS_AT_ONCE = 40
"""Nested lists that one request continues at most: 4,000 rows."""

FEW_THREADS, MANY_THREADS = 10, 50
"""Threads in the second page, and in each further one: each costs a hundredth of a
point for its comments."""

THREADS = 5
"""Threads to request with a pull request as long as the run has read few of them."""

THREAD_PRICES = Prices(
    row=0.01, page_info=0, parent=0.01, request=1, capacity=inf, largest=MANY_THREADS
)
"""In points (docs/apis/github.md): one for a hundred lists, and each thread has one.
A request of its own costs at least a point; most continuations need none."""

MOST_FAILURES = 25
"""Pull requests in a row that cannot be read at all, before the stream stops."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A pull request as the listing shows it.

    Attributes:
        repository_id: Numeric id of its repository.
        node_id: GraphQL's id.
        updated_at: When it last changed; "" if it is not read for that (an edited
            comment): then it moves no bookmark.
        number: Its number within the repository.
        token: The token that it was listed to.
    """

    repository_id: int
    node_id: str
    updated_at: str = ""
    number: int = 0
    token: Token | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a request returned.

    Attributes:
        nodes: The pull requests, or why one of them was not returned.
        owners: What the nested lists belong to, with their next page; None for a list
            that has to be read alone. Empty if the request returned no list: then they
            have to be requested again, without pull requests, and fewer at once.
    """

    nodes: list[Node | UnreadableError]
    owners: list[Node | None]


class Details:
    """Requests the details of pull requests; threads may use it at the same time.

    Args:
        github: The client.
        at_once: Pull requests in a request, at most.
        threads: How long the lists of threads are that were read before.

    Attributes:
        threads: Chooses how many threads to request with a pull request.
        size: Pull requests in a request.
        lists: Nested lists in the next request.
        is_warm: Whether a request was answered. Until then there is only one at a time:
            its response shows which fields GitHub refuses, and what a request costs.
    """

    def __init__(self, github: GitHub, at_once: int, threads: NestedPages) -> None:
        """Begin with a batch that GitHub almost always answers."""
        self._github = github
        self._failures = 0
        self.threads = threads
        self.size = BatchSize(at_once, GROWTH)
        self.size.value = min(at_once, FIRST_BATCH)
        self.lists = BatchSize(LISTS_AT_ONCE)
        self.is_warm = False

    def next_size(self, left: int) -> int:
        """Return how many pull requests to request next.

        It grows with each batch, not with each response: so the batches are the same,
        however many requests are sent at the same time. They are of about one size, so
        that the last ones end together.

        Args:
            left: Pull requests that are still to be read.
        """
        if not self.is_warm and left > MANY:
            return min(PROBE, self.size.value)
        batches = -(-left // self.size.value)
        self.size.grow()
        return -(-left // batches)

    def first_threads(self) -> int:
        """Return how many threads to request with each pull request."""
        return self.threads.first_page(THREAD_PRICES, FIRST_BATCH).rows

    def fetch(
        self,
        listed: Sequence[Listed],
        threads: int,
        lists: Sequence[Nested],
        token: Token | None,
    ) -> Fetched:
        """Request pull requests, in as many requests as GitHub makes necessary.

        Args:
            listed: The pull requests.
            threads: Threads to request with each of them.
            lists: Nested lists to continue in the same request.
            token: The token to use; None for the one with the most left.

        Raises:
            UnreadableError: If the stream cannot be read.
            TapError: If the run cannot continue.
        """
        nodes: list[Node | UnreadableError] = []
        owners: list[Node | None] = []
        while listed:
            count = min(self.size.value, len(listed))
            try:
                found = self._request(listed[:count], threads, lists, token)
            except TooHeavyError:
                if lists:
                    lists = ()  # the lists may be too much, not the pull requests
                    continue
                if count > 1:
                    self.size.value = min(self.size.value, count // 2)
                    self.size.growth = 1.0
                    continue
                found = Fetched([self._alone(listed[0], token)], [])
            else:
                owners = owners or found.owners
                lists = ()
            nodes += found.nodes
            listed = listed[count:]
            self.is_warm = True
        return Fetched(nodes, owners)

    def fetch_lists(self, lists: Sequence[Nested], token: Token | None) -> Fetched:
        """Request the next pages of nested lists, and nothing else.

        Args:
            lists: The lists, at least two: a single one is read alone.
            token: The token to use; None for the one with the most left.

        Raises:
            TapError: If the run cannot continue.
        """
        alone: list[Node | None] = [None] * len(lists)
        try:
            response = self._github.graphql(
                NESTED_PAGES,
                self._variables(lists),
                pages=tuple(each.operation for each in lists),
                shrinkable=True,
                token=token,
            )
        except TooHeavyError:
            self.lists.value = min(self.lists.value, max(1, len(lists) // 2))
            return Fetched([], [])
        except UnreadableError:
            return Fetched([], alone)  # there the reason shows for each of them
        self.lists.grow()
        return Fetched([], _owners(response, lists))

    def _request(
        self,
        listed: Sequence[Listed],
        threads: int,
        lists: Sequence[Nested],
        token: Token | None,
    ) -> Fetched:
        """Send one request.

        Raises:
            TooHeavyError: If fewer have to be requested.
            RefusedQueryError: If GitHub refuses the document without the lists, too.
        """
        ids = [each.node_id for each in listed]
        try:
            response = self._github.graphql(
                HYDRATE,
                {"ids": ids, "firstThreads": threads, **self._variables(lists)},
                pages=tuple(each.operation for each in lists),
                shrinkable=True,
                token=token,
            )
            with expecting():
                nodes = _nodes(response, len(ids))
        except UnreadableError as error:
            if isinstance(error, RefusedQueryError) and not lists:
                raise
            # One row may be the reason: request fewer, until it is alone.
            raise TooHeavyError(str(error)) from None
        return Fetched(nodes, _owners(response, lists))

    def _variables(self, lists: Sequence[Nested]) -> dict[str, Any]:
        size = self._github.page_size
        sizes = [size(one.operation) for one in lists if one.operation != THREAD_PAGES]
        variables: dict[str, Any] = {
            "first": min(sizes, default=1),
            "threads": size(THREAD_PAGES),
        }
        threads = [len(one) for one in lists if one.operation == THREAD_PAGES]
        if max(threads, default=0) <= FEW_THREADS:
            variables["threads"] = min(FEW_THREADS, variables["threads"])

        for n, one in enumerate(lists):
            variables |= {f"id{n}": one.owner_id, f"after{n}": one.cursor}
        return variables

    def _alone(self, one: Listed, token: Token | None) -> Node | UnreadableError:
        """Read a pull request that is too large even alone, without its lists.

        Raises:
            UnreadableError: If that has failed for too many in a row.
        """
        github = self._github
        try:
            response = github.graphql(
                "PullRequests", {"ids": [one.node_id]}, token=token
            )
            with expecting():
                (node,) = _nodes(response, 1)
        except UnreadableError as error:
            self._failures += 1
            if self._failures > MOST_FAILURES:
                message = f"{self._failures} pull requests in a row failed: {error}"
                raise UnreadableError(message) from None
            return error
        self._failures = 0
        if isinstance(node, dict):
            for name, fragment in CHILD_LISTS.items():
                if github.documents.asks_for(name, fragment):
                    start = {"hasNextPage": True, "endCursor": None}
                    node[name] = {"nodes": [], "pageInfo": start}
        return node


def _owners(response: Response, lists: Sequence[Nested]) -> list[Node | None]:
    """Return what the lists belong to, as a response contains it."""
    data = response.body["data"]
    found = [data.get(alias(n)) for n in range(len(lists))]
    return [each if isinstance(each, dict) else None for each in found]


def _nodes(response: Response, count: int) -> list[Node | UnreadableError]:
    """Return the nodes of a response, and what the null ones mean.

    Raises:
        UnreadableError: If they are not as many as were requested.
    """
    data = response.body["data"]
    if len(data["nodes"]) != count:
        message = f"{len(data['nodes'])} nodes in place of {count}"
        raise UnreadableError(message)
    errors = {
        error["path"][1]: error
        for error in response.errors
        if isinstance(error.get("path"), list) and error["path"][:1] == ["nodes"]
        if len(error["path"]) > 1
    }
    loose = why(data, "") or why(data, "nodes")
    return [
        _object(node) if node else refusal(errors.get(n), ["nodes"], loose)
        for n, node in enumerate(data["nodes"])
    ]


def _object(node: Any) -> Node:  # noqa: ANN401 - JSON
    if not isinstance(node, dict):
        raise TypeError(node)
    return node

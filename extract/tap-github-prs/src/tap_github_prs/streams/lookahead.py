"""Keeps GitHub busy while earlier batches are written.

Batches are requested ahead, several at the same time, and returned in their order.
Each response starts the next request, also while the target does not read for a while.
The next pages of nested lists are part of the next request for pull requests: there,
GitHub counts each of them as a hundredth of a point, and alone as a whole one.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from tap_github_prs.common.concurrency import Workers
from tap_github_prs.common.errors import UnreadableError
from tap_github_prs.streams.details import Fetched
from tap_github_prs.streams.nested import open_lists
from tap_github_prs.transport.partial import expecting

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from tap_github_prs.schemas.rows import Node
    from tap_github_prs.streams.details import Details, Listed
    from tap_github_prs.streams.nested import Nested
    from tap_github_prs.transport.auth import Token
    from tap_github_prs.transport.client import GitHub

AHEAD = 800
"""Pull requests that are requested or kept in memory, at most, before the oldest batch
is written. Fewer would wait for lists of many pages; these ride in as many requests."""


@dataclass(slots=True, eq=False)
class Chunk:
    """The pull requests of one batch.

    Attributes:
        listed: What was requested.
        nodes: What GitHub returned of each; None until then.
        open: Nested lists that have more pages.
        error: Why the batch cannot be read, and none after it.
    """

    listed: list[Listed]
    nodes: list[Node | UnreadableError] | None = None
    open: int = 0
    error: Exception | None = None

    @property
    def is_complete(self) -> bool:
        """Whether nothing more has to be requested."""
        return self.error is not None or (self.nodes is not None and not self.open)


@dataclass(frozen=True, slots=True, eq=False)
class Open:
    """A nested list that has more pages, and the pull request that it is of."""

    chunk: Chunk
    position: int
    nested: Nested


class Lookahead:
    """Reads pull requests ahead.

    The threads that send requests also take the responses; one of them at a time.

    Args:
        github: The client.
        details: Requests the pull requests.
        listed: What to read, in the order in which to read it.
        token: The token to use; None for the one with the most left.
        idle: Called once, as soon as another stream may send requests during the last
            ones of this one.
    """

    def __init__(
        self,
        github: GitHub,
        details: Details,
        listed: Collection[Listed],
        token: Token | None,
        idle: Callable[[], None] | None = None,
    ) -> None:
        """Request nothing yet."""
        self._idle = idle
        self._github = github
        self._details = details
        self._token = token
        self._waiting = deque(listed)
        self._chunks: deque[Chunk] = deque()
        self._open: deque[Open] = deque()  # in a request with pull requests
        self._apart: deque[Open] = deque()  # in a request without
        self._alone: deque[Open] = deque()  # in a request for each page
        self._workers = Workers(github.parallel_requests)
        self._changed = threading.Condition(threading.RLock())  # guards what follows
        self._running = 0  # requests
        self._fetching = 0  # requests for pull requests among the running ones
        self._is_continuing = False  # whether a request without any is running
        self._is_closed = False  # whether no more requests are to be sent
        self._first_threads = 1
        self._error: Exception | None = None  # the first, of any request

    def __iter__(self) -> Iterator[Chunk]:
        """Yield the batches in their order, each with its nested lists.

        Raises:
            UnreadableError: If the stream cannot be read.
            TapError: If the run cannot continue.
        """
        try:
            while chunk := self._next():
                yield chunk
        finally:
            with self._changed:
                self._is_closed = True
            self._workers.close()

    def _next(self) -> Chunk | None:
        """Return the next batch as soon as it is complete; None after the last."""
        with self._changed:
            # Here, because this thread adds the lengths from which they are chosen.
            self._first_threads = self._details.first_threads()
            self._start()
            if not self._chunks:
                return None
            chunk = self._chunks[0]
            self._changed.wait_for(
                lambda: chunk.is_complete or (self._error and not self._running)
            )
            error = chunk.error if chunk.is_complete else self._error
            if error:
                raise error
            self._chunks.popleft()
            self._start()
            return chunk

    def drop(self, repositories: Collection[int]) -> None:
        """Request nothing more of some repositories."""
        with self._changed:
            waiting = list(self._waiting)
            self._waiting.clear()
            self._waiting.extend(
                one for one in waiting if one.repository_id not in repositories
            )

    def _start(self) -> None:
        """Send as many requests as may be sent at the same time."""
        while not self._is_closed and self._running < self._github.parallel_requests:
            has_room = sum(len(each.listed) for each in self._chunks) < AHEAD
            if self._alone:
                self._submit_alone(self._alone.popleft())
            elif self._apart:
                self._submit_lists(self._apart)
            elif self._waiting and has_room:
                if not self._details.is_warm and self._running:
                    return
                self._submit_chunk()
            elif self._open and not self._is_continuing and self._are_late(has_room):
                self._submit_lists(self._open)
            else:
                if self._idle and not self._waiting and self._running:
                    self._idle()
                    self._idle = None
                return

    def _are_late(self, has_room: bool) -> bool:  # noqa: FBT001 - see _start
        """Whether the open lists need a request of their own.

        Either no further pull requests follow, and none are under way that may add
        lists to the request; or only such lists hold up the oldest batch.
        """
        if has_room and not self._waiting:
            return not self._fetching
        return not has_room and self._chunks[0].nodes is not None

    def _submit_chunk(self) -> None:
        size = self._details.next_size(len(self._waiting))
        chunk = Chunk([self._waiting.popleft() for _ in range(size)])
        self._chunks.append(chunk)
        lists = self._take(self._open)
        nested = [each.nested for each in lists]
        threads = self._first_threads
        self._fetching += 1

        def fetch() -> Fetched:
            return self._details.fetch(chunk.listed, threads, nested, self._token)

        def finish(fetched: Fetched | None) -> None:
            self._fetching -= 1
            if fetched is not None:
                self._receive(chunk, fetched.nodes)
                self._continue(lists, fetched.owners)

        self._submit(fetch, finish, [chunk, *(each.chunk for each in lists)])

    def _submit_lists(self, queue: deque[Open]) -> None:
        lists = self._take(queue)
        is_last = not self._running and not self._waiting
        if len(lists) == 1 and (queue is self._apart or is_last):
            self._submit_alone(lists[0])
            return
        nested = [each.nested for each in lists]
        self._is_continuing = True

        def fetch() -> Fetched:
            return self._details.fetch_lists(nested, self._token)

        def finish(fetched: Fetched | None) -> None:
            self._is_continuing = False
            if fetched is not None:
                self._continue(lists, fetched.owners)

        self._submit(fetch, finish, [each.chunk for each in lists])

    def _submit_alone(self, one: Open) -> None:
        found: list[Nested] = []
        failed: list[UnreadableError] = []

        def fetch() -> Fetched:
            try:
                with expecting():
                    found.extend(one.nested.read_alone(self._github, self._token))
            except UnreadableError as error:
                failed.append(error)
            return Fetched([], [])

        def finish(_: Fetched | None) -> None:
            one.chunk.open -= 1
            if failed and one.chunk.nodes is not None:
                one.chunk.nodes[one.position] = failed[0]
            else:
                self._add(one.chunk, one.position, found)

        self._submit(fetch, finish, [one.chunk])

    def _submit(
        self,
        fetch: Callable[[], Fetched],
        finish: Callable[[Fetched | None], None],
        chunks: list[Chunk],
    ) -> None:
        """Send a request in another thread, and the next ones after its response.

        Args:
            fetch: Sends it.
            finish: Takes what it returns; None if it has failed.
            chunks: The batches that need it.
        """
        self._running += 1

        def run() -> None:
            fetched = None
            try:
                fetched = fetch()
            except Exception as error:  # noqa: BLE001 - raised by _next
                self._fail(error, chunks)
            with self._changed:
                self._running -= 1
                try:
                    finish(fetched)
                    self._start()
                except Exception as error:  # noqa: BLE001 - raised by _next
                    self._fail(error, chunks)
                self._changed.notify_all()

        self._workers.submit(run)

    def _fail(self, error: Exception, chunks: list[Chunk]) -> None:
        """Send no more requests; return what was read before the first error."""
        with self._changed:
            self._is_closed = True
            self._error = self._error or error
            for chunk in chunks:
                chunk.error = chunk.error or error

    def _take(self, queue: deque[Open]) -> list[Open]:
        """Take lists off a queue; ordered, so that fewer documents differ."""
        lists = list(islice(queue, self._details.lists.value))
        for _ in lists:
            queue.popleft()
        return sorted(lists, key=lambda each: each.nested.operation)

    def _receive(self, chunk: Chunk, nodes: list[Node | UnreadableError]) -> None:
        """Take the pull requests of a batch."""
        chunk.nodes = nodes
        for position, node in enumerate(nodes):
            if isinstance(node, dict):
                try:
                    with expecting():
                        self._add(chunk, position, open_lists(node))
                except UnreadableError as error:
                    nodes[position] = error

    def _add(self, chunk: Chunk, position: int, lists: list[Nested]) -> None:
        chunk.open += len(lists)
        self._open.extend(Open(chunk, position, nested) for nested in lists)

    def _continue(self, lists: list[Open], owners: list[Node | None]) -> None:
        """Take the next pages of nested lists."""
        if not owners:  # too large together with pull requests or other lists
            self._apart.extend(lists)
            return
        for one, owner in zip(lists, owners, strict=True):
            try:
                with expecting():
                    found = one.nested.take(owner)
            except UnreadableError:
                found = None
            if found is None:
                self._alone.append(one)
                continue
            self._add(one.chunk, one.position, found)
            if one.nested.is_open:
                self._open.append(one)
            else:
                one.chunk.open -= 1

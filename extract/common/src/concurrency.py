"""Sends several requests at once: threads for the calls, and slots that limit them."""

from __future__ import annotations

import ctypes
import threading
import time
from collections import deque
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from queue import SimpleQueue
from typing import TYPE_CHECKING, Generic, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Item = TypeVar("Item")
Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


M_ARENA_MAX = -8
"""A parameter of mallopt (malloc.h of glibc)."""


def share_memory() -> None:
    """Let threads that are started later allocate from the pool of the first one.

    glibc gives each thread a pool, and returns little of it: with four requests at
    once, a first load took 154 MB instead of 145 (`make bench-first-load`). Other
    systems have one pool, or no such function.
    """
    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 1)


class Workers:
    """A few threads that run calls in the order in which they were submitted.

    `concurrent.futures.ThreadPoolExecutor` does the same, but the interpreter waits for
    its threads before it exits
    (https://docs.python.org/3/library/concurrent.futures.html#threadpoolexecutor). A
    thread may be waiting an hour for a rate limit; a tap that is stopped must end at
    once. These threads are daemons.

    Args:
        most: Calls that run at once.
    """

    def __init__(self, most: int) -> None:
        """Start no thread yet."""
        self._most = most
        self._calls: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []

    def submit(
        self,
        call: Callable[Parameters, Result],
        *args: Parameters.args,
        **kwargs: Parameters.kwargs,
    ) -> Future[Result]:
        """Run a call in a thread.

        Returns:
            A future with what the call returns or raises.
        """
        future: Future[Result] = Future()

        def run() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                result = call(*args, **kwargs)
            except BaseException as error:  # noqa: BLE001 - raised by the future
                future.set_exception(error)
            else:
                future.set_result(result)

        self._calls.put(run)
        if len(self._threads) < self._most:
            thread = threading.Thread(target=self._work, daemon=True)
            self._threads.append(thread)
            thread.start()
        return future

    def _work(self) -> None:
        while (call := self._calls.get()) is not None:
            call()

    def close(self, seconds: float = 0.5) -> None:
        """End the threads.

        Args:
            seconds: How long to wait for calls that are still running. After that,
                their threads end with their calls, or with the process.
        """
        deadline = time.monotonic() + seconds
        for _ in self._threads:
            self._calls.put(None)
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))


class Slots:
    """Limits how many requests are sent at once.

    Attributes:
        limit: Requests at once, at least 1.

    Args:
        limit: The first limit.
    """

    def __init__(self, limit: int) -> None:
        """Begin with all slots free."""
        self.limit = limit
        self._used = 0
        self._changed = threading.Condition()

    @contextmanager
    def one(self) -> Iterator[None]:
        """Hold a slot; wait until one is free."""
        with self._changed:
            self._changed.wait_for(lambda: self._used < self.limit)
            self._used += 1
        try:
            yield
        finally:
            with self._changed:
                self._used -= 1
                self._changed.notify_all()

    def narrow(self) -> bool:
        """Allow only one request at a time from now on.

        Requests that are already being sent are not stopped.

        Returns:
            Whether more than one was allowed before.
        """
        with self._changed:
            narrowed = self.limit > 1
            self.limit = 1
            return narrowed


class Ahead(Generic[Item]):
    """Reads from an iterator in a thread, before the items are needed.

    The thread is a daemon: see `Workers`.

    Args:
        items: What to read. Only the thread uses it.
        most: Items that are kept, at most.
    """

    def __init__(self, items: Iterable[Item], most: int) -> None:
        """Begin to read."""
        self._items = iter(items)
        self._most = most
        self._kept: deque[Item] = deque()
        self._error: BaseException | None = None
        self._is_over = False
        self._changed = threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        try:
            for item in self._items:
                with self._changed:
                    self._kept.append(item)
                    self._changed.notify_all()
                    self._changed.wait_for(
                        lambda: self._is_over or len(self._kept) < self._most
                    )
                    if self._is_over:
                        return
        except BaseException as error:  # noqa: BLE001 - raised by __iter__
            self._error = error
        finally:
            with self._changed:
                self._is_over = True
                self._changed.notify_all()

    def __iter__(self) -> Iterator[Item]:
        """Yield the items in their order.

        Raises:
            BaseException: What the iterator raised, after the items before it.
        """
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._kept or self._is_over)
                if not self._kept:
                    break
                item = self._kept.popleft()
                self._changed.notify_all()
            yield item
        if self._error is not None:
            raise self._error

    def close(self) -> None:
        """Read no more; the item that is being read is the last one."""
        with self._changed:
            self._is_over = True
            self._changed.notify_all()

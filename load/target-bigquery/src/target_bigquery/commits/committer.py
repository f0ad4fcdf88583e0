"""Commits: loads and merges all streams' records, after which their STATE is valid."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from target_bigquery.records.parquet import Part
    from target_bigquery.self_pipe import SelfPipe
    from target_bigquery.warehouse.table import Table


@dataclass
class StreamBatch:
    """One stream's part of a commit."""

    table: Table
    part: Part | None
    version: int | None
    """The version to activate after the rows are loaded."""
    write: bool = True
    """Whether the staged rows go into the table now; under `overwrite` only once."""


@dataclass
class Commit:
    """The records and the last STATE between two commits."""

    number: int
    streams: list[StreamBatch]
    state: Any = None
    """The last STATE, None if there was none."""
    last: bool = False
    """Whether the tap has ended."""
    failed: threading.Event = field(default_factory=threading.Event)
    """Set once a stream has failed: then no other stream begins."""


@dataclass
class Committer:
    """Runs one commit at a time while the main thread reads the next records."""

    max_parallelism: int
    wakeup: SelfPipe
    check: Callable[[], None]
    """Called while waiting; raises an exception that ends the wait."""
    _running: tuple[Commit, Future[None]] | None = None
    _conductor: ThreadPoolExecutor = field(init=False)
    _workers: ThreadPoolExecutor = field(init=False)

    def __post_init__(self) -> None:
        """Start the thread pools."""
        self._conductor = ThreadPoolExecutor(1, "commit")
        self._workers = ThreadPoolExecutor(self.max_parallelism, "stream")

    def submit(self, function: Callable[[], Any]) -> Future[Any]:
        """Run a function in another thread.

        Args:
            function: What to run.
        """
        return self._workers.submit(function)

    def result(self, future: Future[Any]) -> Any:  # noqa: ANN401 - what the function returned
        """Wait for a submitted function's result.

        Args:
            future: What `submit` returned.
        """
        future.add_done_callback(self.wakeup.wake)
        while not future.done():
            self.check()
            self.wakeup.wait()
        return future.result()

    def begin(self, commit: Commit) -> None:
        """Begin a commit; the previous one must have been collected.

        Args:
            commit: What to commit.
        """
        future = self._conductor.submit(self._commit, commit)
        future.add_done_callback(self.wakeup.wake)
        self._running = commit, future

    @property
    def busy(self) -> bool:
        """Whether a commit has begun and has not been collected."""
        return self._running is not None

    def collect(self, *, wait: bool, seconds: float | None = None) -> Commit | None:
        """Return the running commit if it is done.

        Args:
            wait: Whether to wait for its end.
            seconds: The longest wait; None waits until the end and calls `check`.

        Raises:
            TargetError: If it failed.
        """
        if self._running is None:
            return None
        commit, future = self._running
        deadline = None if seconds is None else time.monotonic() + seconds
        while wait and not future.done():
            if deadline is None:
                self.check()
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                return None
            self.wakeup.wait(seconds=left)
        if not future.done():
            return None
        self._running = None
        future.result()
        return commit

    def _commit(self, commit: Commit) -> None:
        """Load and merge the streams in parallel; raise the first failure.

        After a failure, no other stream starts; those that are loading may finish.
        """
        futures = [
            self._workers.submit(_commit_stream, commit, share)
            for share in commit.streams
        ]
        failures = [error for future in futures if (error := future.exception())]
        if failures:
            raise failures[0]

    def close(self, *, wait: bool) -> None:
        """End the threads.

        Args:
            wait: Whether to wait for running calls.
        """
        self._conductor.shutdown(wait=wait, cancel_futures=True)
        self._workers.shutdown(wait=wait, cancel_futures=True)


def _commit_stream(commit: Commit, share: StreamBatch) -> None:
    table = share.table
    try:
        if commit.failed.is_set():
            return
        table.stage(share.part, commit.number, share.version)
        if share.write:
            table.write_staged()
        if share.version is not None:
            table.activate(share.version)
    except BaseException:
        commit.failed.set()
        table.drop_staging()
        raise
    finally:
        if share.part is not None:
            share.part.close()

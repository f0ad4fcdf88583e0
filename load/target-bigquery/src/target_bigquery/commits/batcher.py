"""Decides when to commit records, and prints the STATE of finished commits."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from singer_sdk.singerlib.json import serialize_json

from target_bigquery.commits.committer import Commit
from target_bigquery.commits.sink import BigQuerySink
from target_bigquery.errors import SPOOLED_BYTES, TargetError
from target_bigquery.settings import OVERWRITE, SECONDS_PER_MINUTE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from singer_sdk.sinks import Sink

    from target_bigquery.commits.committer import Committer
    from target_bigquery.settings import Settings

BUFFERED_BYTES = 8 * 1024 * 1024
"""Bytes of JSON that wait in memory, all streams together."""


def now_us() -> int:
    """Return the time in microseconds since 1970."""
    return time.time_ns() // 1000


@dataclass
class Batcher:
    """Collects the records of all streams in batches, and commits each batch."""

    settings: Settings
    committer: Committer
    active: Mapping[str, Sink]
    """The target's current sinks, by stream."""
    batch_started_us: int = field(default_factory=now_us)
    complete: bool = False
    """Whether a STATE follows everything that the tap has written so far."""
    _bytes: dict[BigQuerySink, int] = field(default_factory=dict)
    """Bytes of JSON that wait in memory, by sink."""
    _buffered: int = 0
    """Their sum."""
    _rows: int = 0
    _commits: int = 0
    _oldest: float | None = None
    _state: Any = None
    _printed: Any = None
    _now: int = field(default_factory=now_us)
    """When the last piece of input was read, in microseconds since 1970."""

    @property
    def state(self) -> Any:  # noqa: ANN401 - any JSON value
        """The last STATE that the tap wrote, None before the first."""
        return self._state

    @property
    def sinks(self) -> list[BigQuerySink]:
        """The sinks whose records are committed."""
        return [s for s in self.active.values() if isinstance(s, BigQuerySink)]

    @property
    def unfinished(self) -> list[str]:
        """The streams that `overwrite` must not replace: the tap may have died."""
        if self.settings.load_method != OVERWRITE or self.complete:
            return []
        return [sink.stream_name for sink in self.sinks if not sink.finished]

    def add(
        self,
        sink: BigQuerySink,
        record: dict[str, Any],
        message: dict[str, Any],
        size: int,
    ) -> None:
        """Give a record to its sink; commit if the batch is full.

        Args:
            sink: The sink.
            record: The record.
            message: The RECORD message it came in.
            size: Bytes of that message.
        """
        if sink.activated is not None and message.get("version") != sink.activated:
            # Rows of other versions would be soft-deleted too.
            self.commit()
        if self._oldest is None:
            self._oldest = time.monotonic()
        self.complete = False
        self._buffered += size
        self._bytes[sink] = self._bytes.get(sink, 0) + size
        self._rows += 1
        if sink.add(record, message, self._now):
            self._flush(sink)
        if self._buffered > BUFFERED_BYTES:
            self._flush(max(self._bytes, key=self._bytes.__getitem__))
        if self._rows >= self.settings.batch_size_rows:
            self.commit()

    def _flush(self, sink: BigQuerySink) -> None:
        sink.flush()
        self._buffered -= self._bytes.pop(sink, 0)

    def keep_state(self, state: Any) -> None:  # noqa: ANN401 - any JSON value
        """Keep a STATE until the records before it are committed.

        Args:
            state: The value of the STATE message.
        """
        self._state = state
        self.complete = True
        if self._oldest is None:
            self._oldest = time.monotonic()

    def tick(self) -> float | None:
        """Do what is due; return the seconds until the next task is due.

        Raises:
            TargetError: If the running commit failed.
        """
        self._now = now_us()
        self.collect(wait=False)
        if sum(sink.spooled for sink in self.sinks) > SPOOLED_BYTES:
            self.commit()
        if self._oldest is None or self.settings.load_method == OVERWRITE:
            return None
        limit = self.settings.max_batch_age * SECONDS_PER_MINUTE
        left = self._oldest + limit - time.monotonic()
        if left > 0:
            return left
        if not self.committer.busy:
            self.commit()
        return None

    def commit(self, *, last: bool = False) -> None:
        """Begin to commit what was read; wait only for the previous commit.

        Args:
            last: Whether the tap has ended.

        Raises:
            TargetError: If a record does not fit, or the previous commit failed.
        """
        if last and self.unfinished:
            # What was staged is not written, and neither is the STATE.
            self._state = None
        for sink in self.sinks:
            self._flush(sink)
        self.collect(wait=True)
        shares = [
            share
            for sink in self.sinks
            if (share := sink.drain(last=last, complete=self.complete))
        ]
        self._commits += 1
        self.committer.begin(Commit(self._commits, shares, self._state, last))
        self._rows = 0
        self._oldest = None
        self.batch_started_us = now_us()

    def collect(self, *, wait: bool, seconds: float | None = None) -> None:
        """Print the STATE of the running commit if it is done.

        Args:
            wait: Whether to wait for its end.
            seconds: The longest wait, None until the end.

        Raises:
            TargetError: If the commit failed, or stdout is closed.
        """
        done = self.committer.collect(wait=wait, seconds=seconds)
        if done is None or (self.settings.load_method == OVERWRITE and not done.last):
            return
        if done.state is not None and done.state != self._printed:
            _print_state(done.state)
            self._printed = done.state


def _print_state(state: Any) -> None:  # noqa: ANN401 - any JSON value
    try:
        sys.stdout.write(f"{serialize_json(state)}\n")
        sys.stdout.flush()
    except OSError as error:
        # Discard buffered output, which would fail again at the exit.
        sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115 - until the exit
        message = (
            f"Cannot write STATE: stdout is closed ({error.strerror}). The rows before "
            "it are loaded; the next run will load them again."
        )
        raise TargetError(message) from error

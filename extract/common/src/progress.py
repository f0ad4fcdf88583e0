"""Logs how far a stream has come: every ten seconds at most, and at its end."""

from __future__ import annotations

import time
from math import isfinite
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable

INTERVAL = 10.0  # seconds


class Usage(Protocol):
    """A client that counts what it uses.

    Attributes:
        requests: Requests sent so far.
        points: Points that the responses so far say they cost.
        points_left: Points left in the API's budget; infinite if unknown, None if the
            API reports none.
    """

    @property
    def requests(self) -> int:
        """Requests sent so far."""

    @property
    def points(self) -> float:
        """Points that the responses so far say they cost."""

    @property
    def points_left(self) -> float | None:
        """Points left in the API's budget; see above."""


class Progress:
    """Logs how far the streams of a run have come.

    Args:
        logger: Where the lines go.
        usage: The client.
        clock: Returns seconds, from any start.
    """

    def __init__(
        self,
        logger: logging.Logger,
        usage: Usage,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Start counting."""
        self._logger = logger
        self._usage = usage
        self._clock = clock
        self._last = clock()

    def log(self, stream: str, done: int, total: int | None = None) -> None:
        """Log how far a stream has come, unless the last line was a moment ago.

        Args:
            stream: Name of the stream, and what it does if that is not reading.
            done: Rows read.
            total: Rows to read, if that is known. The last of them is always logged.
        """
        now = self._clock()
        if done != total and now - self._last < INTERVAL:
            return
        self._last = now
        parts = [f"{done:,}" if total is None else f"{done:,} of {total:,}"]
        parts.append(f"{self._usage.requests:,} requests")
        left = self._usage.points_left
        if left is not None:
            known = f"{left:,.0f} points left"
            parts.append(known if isfinite(left) else "points unknown")
        self._logger.info("%s: %s", stream, " · ".join(parts))


def total(usage: Usage) -> str:
    """Return what a run used, as its last line; the run history reads this line.

    Args:
        usage: The client.
    """
    return f"Used {usage.requests:,} requests and {usage.points:,.0f} points"

"""One line about how far a stream is, at most every ten seconds."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable

    from tap_linear.client import LinearClient

INTERVAL = 10.0  # seconds


class Progress:
    """Counts what is done and says so now and then.

    Args:
        logger: Where the lines go.
        client: Knows the requests made and the points left.
        clock: Seconds, from any start.
    """

    def __init__(
        self,
        logger: logging.Logger,
        client: LinearClient,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Start counting."""
        self._logger = logger
        self._client = client
        self._clock = clock
        self._last = clock()

    def say(self, stream: str, done: int, total: int | None = None) -> None:
        """Say how far a stream is, unless a line was said a moment ago.

        Args:
            stream: Name of the stream, and what it does where that is not reading.
            done: Rows read.
            total: Rows to read, where that is known.
        """
        now = self._clock()
        if now - self._last < INTERVAL:
            return
        self._last = now
        of = f" of {total:,}" if total is not None else ""
        points = self._client.limits.points_left
        left = f"{points:,.0f} points left" if points is not None else "points unknown"
        self._logger.info(
            "%s: %s%s · %s requests · %s",
            stream,
            f"{done:,}",
            of,
            f"{self._client.requests:,}",
            left,
        )

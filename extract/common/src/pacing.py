"""Sends requests no faster than an API allows."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Pace:
    """Limits the requests per second: a bucket of tokens that fills at a steady rate.

    Args:
        per_second: Requests per second on average.
        burst: Requests that may be sent at once after a pause.
        sleep: Waits for a number of seconds.
        clock: Returns seconds, from any start.
    """

    def __init__(
        self,
        per_second: float,
        burst: int,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin with a full bucket."""
        self._per_second = per_second
        self._burst = burst
        self._sleep = sleep
        self._clock = clock
        self._tokens = float(burst)
        self._filled_at = clock()

    def wait(self) -> None:
        """Wait until the next request may be sent, and count it."""
        now = self._clock()
        grown = (now - self._filled_at) * self._per_second
        self._tokens = min(self._burst, self._tokens + grown)
        self._filled_at = now
        self._tokens -= 1
        if self._tokens < 0:
            self._sleep(-self._tokens / self._per_second)


class Window:
    """Limits the requests in every interval of a length, wherever it begins.

    A bucket of tokens (`Pace`) allows its burst and, in the same interval, what has
    filled it again. An API that counts the requests of each second refuses that.

    Args:
        most: Requests in an interval.
        seconds: Length of the interval.
        sleep: Waits for a number of seconds.
        clock: Returns seconds, from any start.
    """

    def __init__(
        self,
        most: int,
        seconds: float,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin without requests."""
        self._seconds = seconds
        self._sleep = sleep
        self._clock = clock
        self._sent: deque[float] = deque(maxlen=most)

    def wait(self) -> None:
        """Wait until the next request may be sent, and count it."""
        now = self._clock()
        if len(self._sent) == self._sent.maxlen:
            wait = self._sent[0] + self._seconds - now
            if wait > 0:
                self._sleep(wait)
                now += wait
        self._sent.append(now)

"""Rate limits: what the headers say, and the pace of searches."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tap_hubspot_crm.common.pacing import Window
from tap_hubspot_crm.common.rate_limits import number, retry_after

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Mapping

    from tap_hubspot_crm.transport.errors import Reply

PREFIX = "x-hubspot-ratelimit-"
SEARCHES = 4  # in each second; docs/apis/hubspot.md: 4 or 5, for the whole account
PAUSES = {"SECONDLY": 1.0, "TEN_SECONDLY_ROLLING": 10.0}
"""Seconds to wait after a 429 without `Retry-After`, by policy."""


class Limits:
    """Waits for the limits of HubSpot.

    Args:
        logger: Where each wait is logged.
        sleep: Waits for a number of seconds.
        clock: Returns seconds, from any start.

    Attributes:
        daily_left: Requests that are left of the day; None if unknown.
    """

    def __init__(
        self,
        logger: logging.Logger,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin without knowing anything."""
        self._logger = logger
        self._sleep = sleep
        self._clock = clock
        self._searches = Window(SEARCHES, 1.0, sleep, clock)
        self._resume_at = 0.0
        self.daily_left: float | None = None

    def before_request(self, *, is_search: bool) -> None:
        """Wait until a request may be sent.

        Args:
            is_search: Whether it is a search, which has a limit of its own.
        """
        seconds = self._resume_at - self._clock()
        if seconds > 0:
            self._logger.info("Waiting %.1f s for HubSpot's rate limit", seconds)
            self._sleep(seconds)
        if is_search:
            self._searches.wait()

    def observe(self, headers: Mapping[str, str]) -> None:
        """Remember what a response says; searches say nothing.

        Args:
            headers: Header names in lower case.
        """
        left = number(headers.get(f"{PREFIX}daily-remaining"))
        if left is not None:
            self.daily_left = left
        remaining = number(headers.get(f"{PREFIX}remaining"))
        interval = number(headers.get(f"{PREFIX}interval-milliseconds"))
        if remaining is not None and remaining < 1 and interval:
            self._resume_at = self._clock() + interval / 1000

    @staticmethod
    def after_refusal(reply: Reply, refusals: int) -> float:
        """Return how many seconds to wait after a 429.

        Args:
            reply: The response.
            refusals: How many came before it.
        """
        if (asked := retry_after(reply.headers)) is not None:
            return asked
        known = [PAUSES[code] for code in reply.codes & PAUSES.keys()]
        seconds = max(known, default=PAUSES["TEN_SECONDLY_ROLLING"])
        return float(seconds * 2 ** min(refusals, 5))

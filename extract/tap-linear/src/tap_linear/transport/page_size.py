"""Chooses how many rows a request contains."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_linear.common import page_size as common

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable

    from tap_linear.transport.errors import PageRefusedError

LONGEST_PAUSE = 32.0  # seconds, while the gateway rejects one page after another
GROWTH = 1.25  # of a page's size after each page that was answered


class PageSize(common.PageSize):
    """The rows per request: halved after a refusal, increased after a response.

    Args:
        name: What is requested, for the log.
        most: The largest number that the formula allows.
        sleep: Waits for a number of seconds.
        logger: Where each smaller attempt is logged.
    """

    def __init__(
        self,
        name: str,
        most: int,
        sleep: Callable[[float], None],
        logger: logging.Logger,
    ) -> None:
        """Start with the largest number."""
        super().__init__(most, GROWTH)
        self._name = name
        self._logger = logger
        self._sleep = sleep
        self._refused = 0

    def shrink(self, refused: PageRefusedError, asked: int) -> None:
        """Halve the number; if the API is overloaded, pause twice as long each time.

        Args:
            refused: Why.
            asked: How many rows were requested; it may have been fewer.
        """
        self.halve(asked)
        seconds = 0.0
        if refused.overloaded:
            seconds = min(2.0**self._refused, LONGEST_PAUSE)
        self._logger.warning(
            "%s: a page of %d failed (%s): next attempt with %d in %g s",
            self._name,
            asked,
            refused,
            self.value,
            seconds,
        )
        if seconds:
            self._sleep(seconds)
        self._refused += 1

    def grow(self) -> None:
        """Grow back by a quarter, at least by one row."""
        self._refused = 0
        super().grow()

"""Makes calls to Google, with retries until one deadline for all calls."""

from __future__ import annotations

import logging
import random
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import requests.exceptions

from target_bigquery.errors import TargetError, WarehouseError
from target_bigquery.variables import shown
from target_bigquery.warehouse.retrying import is_transient, reason_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")

logger = logging.getLogger("target-bigquery")

# If an address has never answered, it is probably wrong, or nothing runs there. Seconds
# for which it is retried.
FIRST_ANSWER_SECONDS = 20.0
FIRST_DELAY, LONGEST_DELAY = 0.2, 20.0
"""Seconds between two attempts: at first, and at most."""
SHORTEST_ATTEMPT = 1.0
"""Seconds that an attempt gets even if the deadline is nearer."""


class _Deadline(threading.local):
    """The deadline of the call that a thread is making, None outside of calls."""

    deadline: float | None = None


@dataclass
class Caller:
    """Makes calls, logs each retry, and gives up once for all of them."""

    timeout: float
    """Seconds that one call may take, including retries after transient failures."""
    endpoint: str | None
    """The address of a BigQuery that is not Google's."""
    stop: threading.Event
    """Once set, there are no more retries."""

    def __post_init__(self) -> None:
        """Start without any failure."""
        self.answered = False
        """Whether any call received a response."""
        self.gave_up = False
        """Whether the last call received no response before the deadline."""
        self._failing: dict[object, float] = {}
        """The deadlines of the calls whose last attempt failed."""
        self._lock = threading.Lock()
        self._local = _Deadline()

    @property
    def patience(self) -> float:
        """Seconds from the start of a call to its deadline."""
        if self.gave_up:
            return 0.0
        if self.answered:
            return self.timeout
        return min(self.timeout, FIRST_ANSWER_SECONDS)

    def left(self) -> float:
        """Return the seconds until the deadline of this thread's call, 0 if past."""
        if self._local.deadline is None:
            return self.timeout
        return max(0.0, self._local.deadline - time.monotonic())

    def seconds(self) -> float:
        """Return how long the next attempt of this thread's call may take."""
        return max(SHORTEST_ATTEMPT, self.left())

    def call(
        self, what: str, function: Callable[[], T], service: str = "BigQuery"
    ) -> T:
        """Return the function's result; retry after errors that Google calls transient.

        Calls that fail at the same time share the earliest of their deadlines: the
        first one that gives up ends the load.

        Args:
            what: What the call does, for the message: "create table x".
            function: One attempt, safe to repeat.
            service: The service that it calls.

        Raises:
            WarehouseError: If it fails permanently.
        """
        patience = self.patience
        self._local.deadline = time.monotonic() + patience
        token = object()
        try:
            for delay in _delays():
                try:
                    result = function()
                except TargetError:
                    self._succeeded()
                    raise
                except Exception as error:
                    wait = self._wait(error, token, delay)
                    if wait is None:
                        raise self.failed(what, error, service, patience) from error
                    logger.warning(
                        "%s is unavailable to %s: %s. Next attempt in %.1f s, the "
                        "last in %.0f s.",
                        service,
                        what,
                        reason_of(error),
                        wait,
                        self.left(),
                    )
                    self.stop.wait(wait)
                else:
                    self._succeeded()
                    return result
        finally:
            self._local.deadline = None
            with self._lock:
                self._failing.pop(token, None)
        raise AssertionError  # pragma: no cover - delays never end

    def _succeeded(self) -> None:
        self.answered, self.gave_up = True, False

    def _wait(self, error: Exception, token: object, delay: float) -> float | None:
        """Return the seconds until the next attempt, None if there is none."""
        if self.stop.is_set() or not is_transient(error):
            return None
        with self._lock:
            self._failing[token] = self._local.deadline or 0.0
            self._local.deadline = min(self._failing.values())
        left = self.left()
        if left <= 0:
            self.gave_up = True
            return None
        return min(delay, left)

    def failed(
        self, what: str, error: Exception, service: str, patience: float
    ) -> WarehouseError:
        """Return the error with one line that contains Google's reason.

        Args:
            what: What was tried.
            error: What the last attempt raised.
            service: The service that rejected it.
            patience: Seconds for which it was tried.
        """
        silent = isinstance(error, requests.exceptions.ConnectionError)
        if silent and not self.answered:
            if self.endpoint:
                return WarehouseError(
                    f"{service} does not respond at {self.endpoint}: is it running, "
                    f"and is {shown('api_endpoint')} right?",
                    unavailable=True,
                )
            return WarehouseError(
                f"{service} does not respond at Google's address: check this machine's "
                f"network and proxy. {reason_of(error)}",
                unavailable=True,
            )
        lasting = is_transient(error)
        after = f" for {patience:g} s" if lasting else ""
        verb = "stayed unavailable" if lasting else "refused"
        return WarehouseError(
            f"{service} {verb}{after} to {what}: {reason_of(error)}",
            unavailable=lasting,
        )


def _delays() -> Iterator[float]:
    """Yield the seconds between attempts: twice as long each time, at random."""
    delay = FIRST_DELAY
    while True:
        yield delay * random.uniform(0.5, 1.0)  # noqa: S311 - spreads the load
        delay = min(2 * delay, LONGEST_DELAY)

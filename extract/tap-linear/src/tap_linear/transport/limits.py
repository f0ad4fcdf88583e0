"""Linear's two budgets; this module alone decides to wait."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tap_linear import conditions
from tap_linear.common.errors import TapError
from tap_linear.common.faults import Faults
from tap_linear.common.rate_limits import number, retry_after
from tap_linear.common.timestamps import http_date

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Iterator, Mapping

# Headers on every response; the limits have changed several times, so they are not
# constants here. `reset` is in epoch milliseconds.
HEADER = "x-ratelimit-{budget}-{value}"
BUDGETS = ("requests", "complexity")
SHORTEST_WAIT = 1.0  # seconds after a refusal, at least; then doubled
LONGEST_GUESS = 60.0
CHEAPEST_REQUEST = 100.0  # points; 3,000,000 an hour return them in 0.12 s
PLENTY = 2.0  # times the points that are needed; others may use the key, too
CLOCKS_DIFFER = 30.0  # a smaller difference of the clocks, in seconds, is ignored


@dataclass(slots=True)
class Budget:
    """The remaining units of one budget.

    Attributes:
        remaining: Units left; None until a response contains them.
        reset_at: When it is full again, in seconds since the epoch.
    """

    remaining: float | None = None
    reset_at: float = 0.0


@dataclass
class Limits:
    """Keeps the budgets and waits for them.

    Args:
        max_wait_seconds: Longest time to wait for one request.
        logger: Where a wait is logged.
        sleep: Waits for a number of seconds.
        clock: Seconds since the epoch.
    """

    max_wait_seconds: float
    logger: logging.Logger
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.time
    budgets: dict[str, Budget] = field(
        default_factory=lambda: {name: Budget() for name in BUDGETS}
    )
    points: float = 0.0
    """Complexity points that the responses so far have cost."""
    _is_scarce: bool = False
    """Whether the run has needed more points than were left."""
    _ahead: float = 0.0
    """Seconds by which the server's clock is ahead of ours."""
    _in_flight: list[float] = field(default_factory=list)
    """Points of the requests that are being sent."""
    _changed: threading.Condition = field(default_factory=threading.Condition)
    """Held while the budgets are used; threads that wait for them wait for it."""

    @contextmanager
    def reserved(self, points: float) -> Iterator[None]:
        """Reserve the points of a request while it is sent.

        If the requests in flight may leave too little, wait for their responses; then
        see `before_request`.

        Args:
            points: What the request will cost.

        Raises:
            TapError: If a wait would take longer than max_wait_seconds.
        """
        with self._changed:
            self._changed.wait_for(
                lambda: not self._in_flight or self._is_enough_for(points)
            )
            self.before_request(points)
            self._in_flight.append(points)
        try:
            yield
        finally:
            with self._changed:
                self._in_flight.remove(points)
                self._changed.notify_all()

    def _is_enough_for(self, points: float) -> bool:
        """Whether the budgets hold one more request in addition to those in flight."""
        needed = {
            "requests": 1.0 + len(self._in_flight),
            "complexity": points + sum(self._in_flight),
        }
        return all(
            budget.remaining is None or budget.remaining >= needed[name]
            for name, budget in self.budgets.items()
        )

    def observe(self, headers: Mapping[str, str]) -> None:
        """Update the budgets from a response's headers; ignore invalid values."""
        sent = http_date(headers.get("date"))
        if sent is not None:
            ahead = sent - self.clock()
            self._ahead = ahead if abs(ahead) > CLOCKS_DIFFER else 0.0
        with self._changed:
            self._observe_budgets(headers)

    def _observe_budgets(self, headers: Mapping[str, str]) -> None:
        self.points += number(headers.get("x-complexity")) or 0.0
        for name, budget in self.budgets.items():
            remaining = number(
                headers.get(HEADER.format(budget=name, value="remaining"))
            )
            reset = number(headers.get(HEADER.format(budget=name, value="reset")))
            if remaining is not None:
                budget.remaining = remaining
            if reset is not None:
                budget.reset_at = reset / 1000

    @property
    def points_left(self) -> float | None:
        """Complexity points that are left; None until a response contains them."""
        return self.budgets["complexity"].remaining

    def request_price(self, needed: float, capacity: float) -> float:
        """Return what a request is worth, in points.

        If twice the points that are needed are left, points cost nothing, and a request
        is worth all the points that it can hold. Otherwise the points decide how long
        the run takes, and requests are cheap as long as there are more of them than
        points for them. A run that has once had too few points saves them to its end.

        Args:
            needed: Points that the stream will probably need.
            capacity: Points that one request may cost.
        """
        points, requests = (
            self.budgets[name].remaining for name in ("complexity", "requests")
        )
        if points is None or requests is None:
            return capacity
        self._is_scarce = self._is_scarce or needed > points
        if not self._is_scarce and PLENTY * needed <= points:
            return capacity
        available = points / max(requests, 1.0)
        # A request of a batch costs about half of what it may cost.
        return CHEAPEST_REQUEST if available < capacity / 2 else capacity

    def before_request(self, points: float) -> None:
        """Wait if a budget is too small for one more request.

        Args:
            points: What the request will cost.

        Raises:
            TapError: If that would take longer than max_wait_seconds.
        """
        now = self._now()
        needed = {"requests": 1.0, "complexity": points}
        short = {
            name: budget.reset_at - now
            for name, budget in self.budgets.items()
            if budget.remaining is not None
            and budget.remaining < needed[name]
            and budget.reset_at > now
        }
        if short:
            self._wait(max(short.values()), " and ".join(short), 0.0)

    def after_refusal(
        self, headers: Mapping[str, str], attempt: int, waited: float
    ) -> float:
        """Wait after Linear has refused a request because a budget is exhausted.

        Args:
            headers: Headers of the refusal.
            attempt: How often this request has been refused before.
            waited: Seconds that this request has waited already.

        Returns:
            Seconds waited.

        Raises:
            TapError: If that would take longer than max_wait_seconds.
        """
        shortest = min(SHORTEST_WAIT * 2**attempt, LONGEST_GUESS)
        asked = retry_after(headers)
        if asked is None:
            now = self._now()
            resets = [
                budget.reset_at - now
                for budget in self.budgets.values()
                if budget.reset_at > now and (budget.remaining or 0) < 1
            ]
            asked = max(resets, default=shortest)
        # A reset in the past, or a Retry-After of 0, would cause endless requests.
        with self._changed:  # no other request is sent meanwhile
            return self._wait(max(asked, shortest), "request", waited)

    def check(self, seconds: float, what: str, waited: float = 0.0) -> None:
        """Reject a wait that is too long.

        Args:
            seconds: Time to wait.
            what: The budget that is exhausted, as the line names it.
            waited: Seconds waited already.

        Raises:
            TapError: If it is longer than max_wait_seconds.
        """
        if waited + seconds > self.max_wait_seconds:
            line = Faults.line(
                conditions.LIMIT_TOO_LONG,
                what=what,
                seconds=f"{seconds:,.0f}",
                most=f"{self.max_wait_seconds:,.0f}",
            )
            raise TapError(line)

    def _now(self) -> float:
        return self.clock() + self._ahead

    def _wait(self, seconds: float, what: str, waited: float) -> float:
        self.check(seconds, what, waited)
        self.logger.warning(
            "Linear's %s limit is spent: waiting %s s", what, f"{seconds:,.0f}"
        )
        self.sleep(seconds)
        for budget in self.budgets.values():
            budget.remaining = None
        return seconds

"""Linear's two budgets, and the one place that decides to wait."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tap_linear.errors import LinearError
from tap_linear.variables import shown

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Mapping

# Headers on every answer; the numbers have changed several times, so none is
# written down here. `reset` is in epoch milliseconds.
HEADER = "x-ratelimit-{budget}-{value}"
BUDGETS = ("requests", "complexity")
FIRST_WAIT = 1.0  # seconds, where the headers do not say how long
LONGEST_GUESS = 60.0


@dataclass(slots=True)
class Budget:
    """What is left of one budget.

    Attributes:
        remaining: Units left; None as long as no answer has told.
        reset_at: When it is full again, in seconds since the epoch.
    """

    remaining: float | None = None
    reset_at: float = 0.0


@dataclass
class Limits:
    """Keeps the budgets and waits for them.

    Args:
        max_wait_seconds: Longest time to wait for one request.
        logger: Where a wait is announced.
        sleep: Waits so many seconds.
        clock: Seconds since the epoch.
    """

    max_wait_seconds: float
    logger: logging.Logger
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.time
    budgets: dict[str, Budget] = field(
        default_factory=lambda: {name: Budget() for name in BUDGETS}
    )

    def observe(self, headers: Mapping[str, str]) -> None:
        """Take what is left from an answer's headers; numbers that are none are not."""
        for name, budget in self.budgets.items():
            remaining = _number(
                headers.get(HEADER.format(budget=name, value="remaining"))
            )
            reset = _number(headers.get(HEADER.format(budget=name, value="reset")))
            if remaining is not None:
                budget.remaining = remaining
            if reset is not None:
                budget.reset_at = reset / 1000

    @property
    def points_left(self) -> float | None:
        """Complexity points that are left; None as long as no answer has told."""
        return self.budgets["complexity"].remaining

    def before_request(self, points: float) -> None:
        """Wait where a budget does not hold one more request.

        Args:
            points: What the request will cost.

        Raises:
            LinearError: If that would take longer than max_wait_seconds.
        """
        now = self.clock()
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
        """Wait after Linear has said that a budget is spent.

        Args:
            headers: Of the refusal.
            attempt: How often this request has been refused before.
            waited: Seconds that this request has waited already.

        Returns:
            Seconds waited.

        Raises:
            LinearError: If that would take longer than max_wait_seconds.
        """
        told = _number(headers.get("retry-after"))
        if told is None:
            now = self.clock()
            resets = [
                budget.reset_at - now
                for budget in self.budgets.values()
                if budget.reset_at > now and (budget.remaining or 0) < 1
            ]
            # Told nothing, or told of a moment that is over by this clock: guess.
            told = max(resets, default=min(FIRST_WAIT * 2**attempt, LONGEST_GUESS))
        return self._wait(told, "request", waited)

    def _wait(self, seconds: float, what: str, waited: float) -> float:
        if waited + seconds > self.max_wait_seconds:
            message = (
                f"Linear's {what} limit is spent for another {seconds:,.0f} s, longer "
                f"than {shown('max_wait_seconds')} ({self.max_wait_seconds:,.0f} s): "
                "raise it or run again later; the next run resumes where this one ended"
            )
            raise LinearError(message)
        self.logger.warning(
            "Linear's %s limit is spent: waiting %s s", what, f"{seconds:,.0f}"
        )
        self.sleep(seconds)
        for budget in self.budgets.values():
            budget.remaining = None
        return seconds


def _number(text: str | None) -> float | None:
    try:
        return None if text is None else float(text)
    except ValueError:
        return None

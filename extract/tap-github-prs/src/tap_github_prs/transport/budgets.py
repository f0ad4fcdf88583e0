"""What a token may still spend: GitHub's hourly budgets and its limit per minute."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from math import inf, isfinite

MINUTE = 60.0
REQUESTS_PER_MINUTE = {"graphql": 2_000, "core": 900}
"""Requests that GitHub allows in a minute, by resource (docs/apis/github.md).

GitHub counts points here: one for each request that only reads, independent of its
cost in the hourly budget.
"""


@dataclass(slots=True)
class Budget:
    """The remaining budget of a token for one resource.

    Attributes:
        remaining: Requests or points; infinite until a response contains it (a GitHub
            Enterprise Server without limits never sends it).
        ready_at: Time by the Clock from which it may be used.
        in_flight: Points of the requests that are being sent.
        sent_at: Times of the requests of the last minute, by the Clock.
        reset: When the budget is reset, from the last response.
    """

    remaining: float = inf
    ready_at: float = 0.0
    in_flight: float = 0.0
    sent_at: deque[float] = field(default_factory=deque)
    reset: str = ""

    def note(self, left: int, reset: str) -> int:
        """Update the budget from a response.

        Responses to requests at the same time arrive in any order. A number that is
        higher by what is in flight, at most, is older than the last one.

        Args:
            left: What is left.
            reset: When the budget is reset; "" if the response does not contain it.

        Returns:
            By how much it went down.
        """
        before = self.remaining
        is_older = reset == self.reset and 0 < left - before <= self.in_flight
        self.remaining = before if is_older else left
        self.reset = reset
        went_down = isfinite(before) and self.remaining < before
        return int(before - self.remaining) if went_down else 0

    def is_exhausted_by(self, points: float) -> bool:
        """Whether the requests in flight may leave too little for another one.

        With nothing in flight, `remaining` is certain, and GitHub decides.

        Args:
            points: Cost of the other request.
        """
        return self.in_flight > 0 and self.remaining - self.in_flight < points

    def seconds_to_next(self, now: float, most: int) -> float:
        """Return the seconds until another request may be sent.

        Args:
            now: The time by the Clock.
            most: Requests per minute.
        """
        while self.sent_at and self.sent_at[0] <= now - MINUTE:
            self.sent_at.popleft()
        if isfinite(self.remaining) and len(self.sent_at) >= most:
            minute = self.sent_at[-most] + MINUTE - now
        else:
            minute = 0.0
        return max(0.0, self.ready_at - now, minute)

    def reserve(self, points: float, now: float) -> None:
        """Count a request that is about to be sent."""
        self.in_flight += points
        self.sent_at.append(now)

    def release(self, points: float) -> None:
        """Count a request as finished."""
        self.in_flight -= points

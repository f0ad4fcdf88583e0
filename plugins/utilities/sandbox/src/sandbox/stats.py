"""Counts of requests, points and operations by API."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(slots=True)
class ApiStats:
    """Counts of one API.

    Attributes:
        requests: Responses sent.
        in_flight: Requests in progress.
        most_in_flight: Maximum number of requests in progress at the same time.
        points: Points that the requests cost.
        statuses: Responses by HTTP status.
        operations: Responses by operation.
        faults: Injected faults by kind.
    """

    requests: int = 0
    in_flight: int = 0
    most_in_flight: int = 0
    points: float = 0
    statuses: Counter[int] = field(default_factory=Counter)
    operations: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Count a request while it is in progress."""
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            yield
        finally:
            self.in_flight -= 1

    def count(self, operation: str, status: int, points: float = 0) -> None:
        """Count one response."""
        self.requests += 1
        self.points = round(self.points + points, 1)
        self.statuses[status] += 1
        self.operations[operation] += 1

    def as_json(self) -> dict[str, Any]:
        """Return the counts, largest first."""
        return {
            "requests": self.requests,
            "most_in_flight": self.most_in_flight,
            "points": self.points,
            "statuses": {str(key): n for key, n in self.statuses.most_common()},
            "operations": dict(self.operations.most_common()),
            "faults": dict(self.faults.most_common()),
        }

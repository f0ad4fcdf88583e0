"""What was asked: requests, points and operations, by API."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class ApiStats:
    """Counts of one API."""

    requests: int = 0
    points: float = 0
    statuses: Counter[int] = field(default_factory=Counter)
    operations: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)

    def count(self, operation: str, status: int, points: float = 0) -> None:
        """Count one answered request."""
        self.requests += 1
        self.points = round(self.points + points, 1)
        self.statuses[status] += 1
        self.operations[operation] += 1

    def as_json(self) -> dict[str, Any]:
        """Return the counts, largest first."""
        return {
            "requests": self.requests,
            "points": self.points,
            "statuses": {str(key): n for key, n in self.statuses.most_common()},
            "operations": dict(self.operations.most_common()),
            "faults": dict(self.faults.most_common()),
        }

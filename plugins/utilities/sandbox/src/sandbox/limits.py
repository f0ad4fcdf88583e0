"""Rate limits: each credential has a budget of units per window."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

HOUR = 3600.0


@dataclass(slots=True)
class Budget:
    """A number of units that is restored when its window ends.

    Args:
        limit: Units per window.
        window: Seconds.
        clock: Seconds since the epoch.
    """

    limit: int
    window: float = HOUR
    clock: Callable[[], float] = time.time
    used: int = field(init=False, default=0)
    reset_at: float = field(init=False, default=0.0)

    @property
    def remaining(self) -> int:
        """Units left in this window."""
        self._roll()
        return max(self.limit - self.used, 0)

    def has(self, units: int) -> bool:
        """Return whether at least this number of units is left."""
        return self.remaining >= units

    def spend(self, units: int) -> None:
        """Subtract units; the budget does not go below zero."""
        self._roll()
        self.used += units

    def _roll(self) -> None:
        now = self.clock()
        if now >= self.reset_at:
            self.used = 0
            self.reset_at = now + self.window


@dataclass(slots=True)
class RollingBudget:
    """A number of units in every interval of a length, wherever it begins.

    Args:
        limit: Units in an interval.
        window: Seconds.
        clock: Seconds since the epoch.
    """

    limit: int
    window: float
    clock: Callable[[], float] = time.time
    _spent: deque[float] = field(init=False, default_factory=deque)

    @property
    def remaining(self) -> int:
        """Units left at this moment."""
        oldest = self.clock() - self.window
        while self._spent and self._spent[0] <= oldest:
            self._spent.popleft()
        return max(self.limit - len(self._spent), 0)

    def has(self, units: int) -> bool:
        """Return whether at least this number of units is left."""
        return self.remaining >= units

    def spend(self, units: int) -> None:
        """Subtract units."""
        self._spent.extend([self.clock()] * units)


@dataclass(slots=True)
class Budgets:
    """The budgets of one API: a limit per kind, a budget per credential and kind."""

    limits: dict[str, int]
    window: float = HOUR
    _open: dict[tuple[str, str], Budget] = field(init=False, default_factory=dict)

    def of(self, credential: str, kind: str) -> Budget:
        """Return the budget of a credential for one kind of unit."""
        key = (credential, kind)
        if key not in self._open:
            self._open[key] = Budget(self.limits[kind], self.window)
        return self._open[key]

    def change(self, limits: dict[str, int], window: float | None = None) -> None:
        """Set other limits and restart every window.

        Raises:
            KeyError: For a kind that this API does not have.
        """
        if unknown := set(limits) - set(self.limits):
            raise KeyError(*sorted(unknown))
        self.limits |= limits
        self.window = window or self.window
        self._open.clear()

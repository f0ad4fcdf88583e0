"""Time in the company: the next events, and the working hours."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Protocol

from sandbox.company.rows import DAY, HOUR

if TYPE_CHECKING:
    from random import Random

Process = Iterator[int]
"""A process: yields the instant (ms) at which it continues."""

PERIOD = 546 * DAY
"""The age of the company when it is first served: 18 months."""
_MONDAY = 4 * DAY  # 1970-01-05
_WORK_WEEK = 5
_MORNING = 8 * HOUR
_EVENING = 18 * HOUR


class Subject(Protocol):
    """The object that a process works on."""

    gone: bool


class Clock(Protocol):
    """The clock of the processes."""

    now: int


class Calendar:
    """Runs processes in the order of the instants that they yield.

    The same processes with the same random source always run in the same order.
    """

    __slots__ = ("_queue", "_sequence")

    def __init__(self) -> None:
        """Begin without processes."""
        self._queue: list[tuple[int, int, Process, Subject | None]] = []
        self._sequence = 0

    def add(self, at: int, process: Process, subject: Subject | None = None) -> None:
        """Start `process` at `at`; it ends when its `subject` is removed."""
        self._sequence += 1
        heappush(self._queue, (at, self._sequence, process, subject))

    def once(self, at: int, act: Callable[..., object], *arguments: object) -> None:
        """Call `act` with those arguments at `at`."""
        self.add(at, _once(act, arguments))

    def run(self, until: int, clock: Clock) -> None:
        """Run everything that is due up to and including `until`.

        Args:
            until: The last instant, ms.
            clock: Its `now` is set to the instant of each step.
        """
        queue = self._queue
        while queue and queue[0][0] <= until:
            at, _, process, subject = heappop(queue)
            if subject is not None and subject.gone:
                continue
            clock.now = at
            following = next(process, None)
            if following is not None:
                self.add(max(at, following), process, subject)


def _once(act: Callable[..., object], arguments: tuple[object, ...]) -> Process:
    act(*arguments)
    yield from ()


def working(at: int, random: Random) -> int:
    """`at`, or the next working morning if `at` is at night or on a weekend."""
    days, in_day = divmod(at - _MONDAY, DAY)
    weekday = days % 7
    if weekday < _WORK_WEEK and _MORNING <= in_day < _EVENING:
        return at
    if in_day >= _EVENING:
        days += 1
        weekday = days % 7
    if weekday >= _WORK_WEEK:
        days += 7 - weekday
    return _MONDAY + days * DAY + _MORNING + int(random.random() * 3 * HOUR)

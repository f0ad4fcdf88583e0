"""Requests issues that could not be read again at the end of the run.

The state keeps those that are still missing, and the next runs request them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_linear import conditions, gaps
from tap_linear.common.errors import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tap_linear.common.conditions import Condition
    from tap_linear.documents.records import Row
    from tap_linear.gaps import Gap
    from tap_linear.streams.changed_issues import ChangedIssues
    from tap_linear.streams.interfaces import PageReader

PAUSE = 5.0  # seconds before the second request: a replica may be behind
CHUNK = 100  # IDs in one request
CHECKS_MAX = 20  # issues that are looked for in the list again


class LateRows:
    """Collects issues that were not read.

    Args:
        stream: The stream.
    """

    def __init__(self, stream: PageReader) -> None:
        """Start without issues."""
        self._stream = stream
        self._why: dict[str, tuple[Condition, str]] = {}
        self._before: dict[str, Gap] = {}

    def add(self, key: str, condition: Condition, reason: str) -> None:
        """Remember an issue that was not read.

        Args:
            key: Its ID.
            condition: The condition if the issue is never returned.
            reason: What happened.
        """
        self._why[key] = (condition, reason)

    def ask_again(self, gap: Gap) -> None:
        """Remember the issues that an earlier run could not read."""
        for key in gap["ids"]:
            self._before[key] = gap
            self._why.setdefault(key, (conditions.ROW_NOT_RETURNED, ""))

    def as_gaps(self) -> list[Gap]:
        """Return their part of the state during the run."""
        return [self._before.get(key, {}) | {"ids": [key]} for key in self._why]

    def read_again(self, written: Callable[[list[str]], list[Row]]) -> Iterator[Row]:
        """Yield the records of the issues that are returned now.

        Args:
            written: Writes the children of issues, and returns their records.
        """
        ids = list(self._why)
        if self._why.keys() - self._before.keys():
            self._stream.logger.info(
                "%s: asking again for %d rows in %g s",
                self._stream.name,
                len(ids),
                PAUSE,
            )
            self._stream.client.sleep(PAUSE)
        for start in range(0, len(ids), CHUNK):
            chunk = ids[start : start + CHUNK]
            before = {key: self._why.pop(key) for key in chunk}
            try:
                yield from written(chunk)
            except UnreadableError:  # none of them can be read
                self._why = before | self._why

    def left(self, changed: ChangedIssues) -> list[Gap]:
        """Report the issues that are not returned, and return their gaps.

        Args:
            changed: Lists issues.
        """
        found = []
        for number, (key, (condition, reason)) in enumerate(self._why.items()):
            before = self._before.get(key, {})
            moment = before.get("gte") or changed.moment_of(key)
            gap: Gap = {"ids": [key]}
            if moment:
                gap |= {"gte": moment, "lte": moment}
            if condition is conditions.ROW_NOT_RETURNED and number < CHECKS_MAX:
                tries = int(before.get("tries", gaps.TRIES + 1)) - 1
                if not self._is_listed(changed, key, moment):
                    self._stream.faults.add(
                        conditions.ROW_DELETED, stream=self._stream.name, item=key
                    )
                    if tries > 0:
                        found.append({**gap, "tries": tries})
                    continue
            self._stream.faults.add(
                condition, stream=self._stream.name, message=reason, item=key
            )
            found.append(gap)
        return found

    @staticmethod
    def _is_listed(changed: ChangedIssues, key: str, moment: str | None) -> bool:
        if moment is None:
            return False
        try:
            return changed.shows(key, moment)
        except UnreadableError:
            return True

    def clear(self) -> None:
        """Forget the issues: the gaps contain them now."""
        self._why.clear()

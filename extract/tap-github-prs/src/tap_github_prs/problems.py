"""What a run could not read: logged when it happens, and named again at the end."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from tap_github_prs.common.faults import Faults

if TYPE_CHECKING:
    from tap_github_prs.conditions import Condition

MOST_NAMED = 10
"""Things that the last line of a run names at most."""


class Problems(Faults):
    """Collects what could not be read; the run then ends with exit code 1.

    Args:
        logger: Where each problem is logged.

    Attributes:
        unreadable: What could not be read.
        anything_read: Whether there was something else to read.
    """

    def __init__(self, logger: logging.Logger) -> None:
        """Begin without problems."""
        super().__init__(logger)
        self._reported: set[tuple[str, str]] = set()
        self.unreadable: list[str] = []
        self.anything_read = True

    def report(self, condition: Condition, **facts: Any) -> None:  # noqa: ANN401 - any
        """Log what has happened; the run continues.

        A reason that was logged before is not logged again: the last line of the run
        names everything that was not read.

        Args:
            condition: A row of conditions.py.
            facts: Values for its texts.
        """
        if condition.thing:
            self.unreadable.append(condition.thing.format(**facts))
        key = (condition.line, facts.get("reason", str(facts)))
        if key not in self._reported:
            self._reported.add(key)
            level = logging.ERROR if condition.thing else logging.WARNING
            self._logger.log(level, "%s", condition.line.format(**facts))

    def lines(self) -> list[str]:
        """Return the line that names everything that was not read, if there is any."""
        if not self.unreadable:
            return super().lines()
        names = list(dict.fromkeys(self.unreadable))
        what = ", ".join(names[:MOST_NAMED])
        if len(names) > MOST_NAMED:
            what += f", and {len(names) - MOST_NAMED:,} more"
        rest = "; everything else was read" if self.anything_read else ""
        return [*super().lines(), f"Not read: {what} (the lines before say why){rest}"]

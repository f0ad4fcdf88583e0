"""What went wrong in a run: logged at once, and listed at the end of the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .variables import fill

if TYPE_CHECKING:
    import logging

    from .conditions import Condition

SHOWN = 10  # items of one line at the end


class Faults:
    """Collects what the run could not do; a run with a fault ends with exit code 1.

    Args:
        logger: Where each fault is logged.
    """

    def __init__(self, logger: logging.Logger) -> None:
        """Start without faults."""
        self._logger = logger
        self._logged: set[str] = set()
        self._items: dict[tuple[Condition, str], list[str]] = {}

    def add(self, condition: Condition, *, item: str = "", **about: object) -> None:
        """Log what happened, each line once.

        Args:
            condition: The row of the table of conditions.
            item: What the line is about, such as an ID. Faults that differ only in it
                become one line at the end of the run.
            about: Other values for the line of the condition.
        """
        line = self.line(condition, item=item, **about)
        if line in self._logged:
            return
        self._logged.add(line)
        self._logger.warning("%s", line)
        if condition.exit_code:
            group = self.line(condition, item="{item}", **about)
            self._items.setdefault((condition, group), []).append(item)

    @staticmethod
    def line(condition: Condition, **about: object) -> str:
        """Return the line of a condition with its values and the user's settings."""
        return fill(condition.line, **about)

    def lines(self) -> list[str]:
        """Return what the user reads at the end, one line per distinct reason."""
        return [
            group.replace("{item}", _shortened(items))
            for (_, group), items in self._items.items()
        ]


def _shortened(items: list[str]) -> str:
    shown = ", ".join(items[:SHOWN])
    more = len(items) - SHOWN
    return f"{shown} and {more:,} more" if more > 0 else shown

"""What went wrong in a run: logged when it happens, and named again at its end."""

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
        logger: Where each is logged.
    """

    def __init__(self, logger: logging.Logger) -> None:
        """Start without faults."""
        self._logger = logger
        self._logged: set[str] = set()
        self._items: dict[tuple[Condition, str], list[str]] = {}

    def add(self, condition: Condition, *, item: str = "", **about: object) -> None:
        """Log what happened, each line once.

        Args:
            condition: The row of the table.
            item: What is concerned, such as an ID. Faults that differ in nothing else
                are one line at the end of the run.
            about: What else the condition's line says.
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
        """Return a condition's line, filled in; settings have the user's names."""
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

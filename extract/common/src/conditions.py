"""What happens when: the table that the README of each tap shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable


class Condition(Protocol):
    """One condition that a tap handles in its own way."""

    @property
    def when(self) -> str:
        """What happened."""

    @property
    def line(self) -> str:
        """Line in the log, with its facts in braces."""

    @property
    def kept(self) -> str:
        """What is kept, and what the next run does."""

    @property
    def exit_code(self) -> int:
        """Exit code of a run in which nothing else happened."""


def rows(conditions: Iterable[Condition]) -> list[str]:
    """Return the rows of the table, Markdown.

    Args:
        conditions: The conditions, in the order of the table.
    """
    return [
        f"| {each.when} | `{each.line}` | {each.kept} | {each.exit_code} |"
        for each in conditions
    ]

"""What happens when: the table that the README of each tap shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable


class TableRow(Protocol):
    """A row of the table."""

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


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition that a tap handles in its own way.

    Attributes:
        when: What happened.
        line: Line in the log; `str.format` fills in its braces.
        kept: What is kept, and what the next run does.
        exit_code: Exit code of a run in which nothing else happened.
    """

    when: str
    line: str
    kept: str
    exit_code: int


def rows(conditions: Iterable[TableRow]) -> list[str]:
    """Return the rows of the table, Markdown.

    Args:
        conditions: The conditions, in the order of the table.
    """
    return [
        f"| {each.when} | `{each.line}` | {each.kept} | {each.exit_code} |"
        for each in conditions
    ]


STATE_DAMAGED = Condition(
    "The state is damaged",
    "The state is damaged: {place} is {found}, not {expected}; correct it, or read "
    "everything again without it (meltano state clear, or --full-refresh)",
    "Everything. Nothing is read or written.",
    1,
)

"""The errors that end a run, each with one line per problem."""

from __future__ import annotations


class TapError(Exception):
    """Ends the run. Each line says what is wrong and what to do.

    Args:
        lines: What the user reads, one line per problem.

    Attributes:
        lines: The same.
    """

    def __init__(self, *lines: str) -> None:
        """Keep the lines."""
        super().__init__("; ".join(lines))
        self.lines = lines


class SettingsError(TapError):
    """The settings, the catalog or the state are wrong; nothing was read yet."""


class UnreadableError(TapError):
    """One thing cannot be read; everything else can. The run continues without it."""

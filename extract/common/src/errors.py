"""The errors that end a run, each with one line per problem."""

from __future__ import annotations

import logging

from .redaction import one_line

UNEXPECTED = (AttributeError, LookupError, OverflowError, TypeError, ValueError)
"""What code raises that reads a response of an unexpected shape."""
LONGEST = 300  # characters of what an API or an exception says

logger = logging.getLogger(__name__)


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


class FailedError(UnreadableError):
    """A request fails in every attempt, although the API answers others."""


def unexpected(error: Exception) -> UnreadableError:
    """Return the error for a response of an unexpected shape.

    Args:
        error: What the code that read the response raised: one of UNEXPECTED.
    """
    logger.debug("A response has an unexpected shape", exc_info=error)
    words = one_line(f"{type(error).__name__}: {error}", LONGEST)
    return UnreadableError(f"a response has an unexpected shape ({words})")

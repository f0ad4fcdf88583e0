"""Which version of a tap runs."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

PREFIX = "throughline-"
"""Of the names on PyPI, where names such as tap-linear belong to other people."""


def version_of(tap: str) -> str:
    """Return the version of the package that contains a tap.

    Args:
        tap: The tap's name, such as `tap-linear`.

    Returns:
        Its version, or `unknown` if it runs without being installed.
    """
    try:
        return version(PREFIX + tap)
    except PackageNotFoundError:
        return "unknown"

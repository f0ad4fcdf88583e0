"""Shortens waits. Imported before the taps, some of which keep `time.sleep` itself."""

from __future__ import annotations

import time

_wait = time.sleep
_factor = 1.0


def _sleep(seconds: float) -> None:
    _wait(seconds / _factor)


def shorten_waits(factor: float) -> None:
    """Let every wait of this process take a part of its time.

    Args:
        factor: How many times shorter it is.
    """
    global _factor  # noqa: PLW0603 - of this process
    _factor = factor


time.sleep = _sleep

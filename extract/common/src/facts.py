"""Facts that `--check` prints, in the same words for every API."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

CLOCKS_DIFFER = 60.0  # seconds; the taps read a minute again in every run
NAMED = 10


def clock(server_time: float, now: float | None = None) -> str:
    """Compare this machine's clock with the server's.

    Args:
        server_time: When the server sent its response, in epoch seconds.
        now: This machine's time, in epoch seconds. Default: the current time.

    Returns:
        One line.
    """
    ahead = (time.time() if now is None else now) - server_time
    if abs(ahead) < CLOCKS_DIFFER:
        return "the clock of this machine is correct"
    direction = "ahead of" if ahead > 0 else "behind"
    return (
        f"the clock of this machine is {abs(ahead):,.0f} s {direction} the API: set it"
    )


def listing(what: str, names: Sequence[str]) -> str:
    """Return what is visible.

    Args:
        what: What the names are, in the plural.
        names: The names.

    Returns:
        One line with the number and the first names.
    """
    if not names:
        return f"no {what} are visible"
    shown = ", ".join(sorted(names)[:NAMED])
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    return f"{len(names):,} {what} are visible: {shown}{more}"

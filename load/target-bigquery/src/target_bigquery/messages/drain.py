"""Reads the tap's remaining output after a failure, so that only the error is shown.

Meltano 4.4.1 writes the tap's lines to the target's standard input. If the target ends
while lines wait there, Meltano prints two tracebacks of a BrokenPipeError below the
target's error. If it ends while nothing waits, Meltano stops the tap and says that the
loader failed.
"""

from __future__ import annotations

import contextlib
import os
import select
import stat
import sys
import time

QUIET_SECONDS = 0.3
"""A tap that writes nothing for this long waits for its source."""
LONGEST_SECONDS = 10.0
"""A tap that never pauses is abandoned after this time."""
READ_SIZE = 1024 * 1024


def read_rest() -> None:
    """Read a pipe on standard input until the tap pauses or ends; never raises."""
    with contextlib.suppress(OSError, ValueError):
        source = sys.stdin.fileno()
        if not stat.S_ISFIFO(os.fstat(source).st_mode):
            return
        end = time.monotonic() + LONGEST_SECONDS
        while (
            time.monotonic() < end
            and select.select([source], [], [], QUIET_SECONDS)[0]
            and os.read(source, READ_SIZE)
        ):
            pass

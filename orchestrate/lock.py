"""Lets one pipeline of an environment run at a time on this machine."""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from checks import PipelineError
from output import say
from status import lock_path

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST_WAIT = 3600  # seconds, for a run of another schedule
PAUSE = 1.0  # seconds between two attempts to lock


@contextmanager
def only_run(seconds: float) -> Iterator[None]:
    """Hold the environment's lock; the system releases it when the process ends.

    Args:
        seconds: How long to wait for another pipeline.

    Raises:
        PipelineError: If another pipeline of this environment still holds it then.
    """
    environment = os.environ.get("MELTANO_ENVIRONMENT", "")
    path = lock_path(environment)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as lock:
        until = time.monotonic() + seconds
        while not _is_locked(lock):
            lock.seek(0)
            other = (
                f"another pipeline of environment {environment!r} is running"
                f" (process {lock.read().strip() or 'unknown'})"
            )
            if time.monotonic() >= until:
                message = f"{other}: wait until it ends"
                raise PipelineError(message)
            if seconds:
                say(f"Waiting, because {other}")
                seconds = 0
            time.sleep(PAUSE)
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield


def _is_locked(lock: TextIO) -> bool:
    """Lock a file for this process; False if another process has locked it."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

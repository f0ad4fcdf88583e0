"""Identifies this run, so that leftovers of dead runs can be recognized."""

from __future__ import annotations

import contextlib
import datetime as dt
import fcntl
import hashlib
import os
import secrets
import socket
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from target_bigquery.errors import SPOOLED_BYTES, DiskError

PREFIX = "target-bigquery-"
ID_PATTERN = r"\d{8}t\d{9}z[0-9a-f]{6}"
"""The pattern of a run's ID, a regular expression."""


def _now_id() -> str:
    moment = dt.datetime.now(dt.UTC)
    return (
        f"{moment:%Y%m%dt%H%M%S}{moment.microsecond // 1000:03d}z{secrets.token_hex(3)}"
    )


def _machine() -> str:
    try:
        folder = tempfile.gettempdir()
    except OSError as error:
        # Python finds no folder that it can write to, for example on a full disk.
        raise DiskError(error, SPOOLED_BYTES) from error
    who = f"{socket.gethostname()}\0{os.getuid()}\0{folder}"
    return hashlib.sha256(who.encode()).hexdigest()[:16]


@dataclass
class Run:
    """One run of the target. It keeps a file locked until the process ends."""

    id: str = field(default_factory=_now_id)
    """The UTC time and six random digits, in `[a-z0-9]`; it sorts by the start of the
    run."""
    machine: str = field(default_factory=_machine)
    """The machine, user and temporary directory, hashed."""

    def __post_init__(self) -> None:
        """Take the lock; the system releases it however the process ends."""
        try:
            self._path = _lock_path(self.id)
            self._lock = os.open(self._path, os.O_CREAT | os.O_WRONLY, 0o600)
        except OSError as error:
            raise DiskError(error, SPOOLED_BYTES) from error
        fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def close(self) -> None:
        """Release the lock."""
        self._path.unlink(missing_ok=True)
        os.close(self._lock)


def is_dead(run: str) -> bool:
    """Return whether a run of this machine has ended.

    Args:
        run: The run's id.
    """
    path = _lock_path(run)
    with contextlib.suppress(FileNotFoundError):
        with path.open("rb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
        path.unlink(missing_ok=True)
    return True


def _lock_path(run: str) -> Path:
    return Path(tempfile.gettempdir()) / f"{PREFIX}{run}.lock"

"""Background processes, which are stopped only by their own pid."""

from __future__ import annotations

import json
import os
import subprocess
import time
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

import psutil

from sandbox import private

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

STOP_SECONDS = 15.0
SPAWN_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Owner:
    """The process that uses a port."""

    pid: int | None
    command: str

    def __str__(self) -> str:
        """Return the process as text for a message."""
        if self.pid is None:
            return "another user's process"
        return f"pid {self.pid} ({self.command})"


@dataclass(frozen=True, slots=True)
class Record:
    """A started process, identified by its pid and its command.

    The start time does not identify it: the system computes it from the clock of the
    machine, so it changes when the clock is corrected.
    """

    pid: int
    fingerprint: str
    arguments: list[str] = field(default_factory=list)


class Daemon:
    """One process, described by a record next to its log.

    Args:
        name: Name in messages.
        folder: Folder of its record and its log.
    """

    def __init__(self, name: str, folder: Path) -> None:
        """Set the paths of the record and the log."""
        self.name = name
        self.log = folder / f"{name}.log"
        self._record = folder / f"{name}.json"

    @property
    def pid(self) -> int | None:
        """Its pid; None if it is not running."""
        process = self._process()
        return None if process is None else process.pid

    @property
    def died(self) -> bool:
        """Whether it ended although nothing stopped it."""
        return self._read() is not None and self._process() is None

    @property
    def fingerprint(self) -> str | None:
        """The fingerprint of its start; None if it is not running."""
        record = self._read()
        return record.fingerprint if record and self._process() else None

    def start(
        self,
        command: Sequence[str],
        fingerprint: str,
        environment: Mapping[str, str],
    ) -> None:
        """Start it in a new session, so that it continues after this process ends."""
        private.folder(self.log.parent)
        if self.log.exists():
            self.log.chmod(0o600)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        pid = os.posix_spawn(
            command[0],
            list(command),
            environment,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, str(self.log), flags, 0o600),
                (os.POSIX_SPAWN_DUP2, 1, 2),
            ],
            setsid=True,
        )
        record = Record(pid, fingerprint, list(command[1:]))
        private.write(self._record, json.dumps(asdict(record)))
        # The kernel shows the arguments shortly after the start of the program.
        wait_until(
            lambda: self._process() is not None,
            lambda: _lives(pid),
            SPAWN_SECONDS,
        )

    def stop(self) -> bool:
        """Stop it; False if it was not running."""
        process = self._process()
        if process is not None:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except psutil.TimeoutExpired:
                process.kill()
                process.wait(STOP_SECONDS)
        self._record.unlink(missing_ok=True)
        return process is not None

    def tail(self, lines: int = 3) -> str:
        """Return the last lines of its log."""
        try:
            text = self.log.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return ""
        return " ".join(text.strip().splitlines()[-lines:])

    def _read(self) -> Record | None:
        try:
            found = json.loads(self._record.read_text(encoding="utf-8"))
            return Record(**{name: found.get(name) for name in Record.__slots__})
        except (FileNotFoundError, ValueError, TypeError, AttributeError):
            return None

    def _process(self) -> psutil.Process | None:
        record = self._read()
        if record is None:
            return None
        try:
            process = psutil.Process(record.pid)
            # Without the program: a framework build of Python on macOS replaces it.
            same = process.cmdline()[1:] == record.arguments
            alive = process.status() != psutil.STATUS_ZOMBIE
        except psutil.Error:
            return None
        return process if same and alive else None


def _lives(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def port_owner(port: int) -> Owner | None:
    """Return the process that listens on a local port; None if there is none."""
    try:
        listening = [
            one.pid
            for one in psutil.net_connections("tcp")
            if one.status == psutil.CONN_LISTEN and one.laddr and one.laddr.port == port
        ]
    except psutil.AccessDenied:  # macOS shows other processes' sockets to root only
        listening = _own_listeners(port)
    if not listening:
        return None
    pid = listening[0]
    if pid is None:
        return Owner(None, "")
    try:
        command = " ".join(psutil.Process(pid).cmdline())
    except psutil.Error:
        command = "gone"
    return Owner(pid, command[:120])


def _own_listeners(port: int) -> list[int | None]:
    found: list[int | None] = []
    for process in psutil.process_iter():
        try:
            connections = process.net_connections("tcp")
        except psutil.Error:
            continue
        if any(
            one.status == psutil.CONN_LISTEN and one.laddr.port == port
            for one in connections
        ):
            found.append(process.pid)
    return found


def end(process: subprocess.Popen[bytes]) -> None:
    """Stop a process that this program started, and wait until it has ended."""
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(STOP_SECONDS)


def wait_until(
    ready: Callable[[], bool], alive: Callable[[], bool], seconds: float
) -> bool:
    """Check every 50 ms whether it is ready; False if it died or takes too long."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if ready():
            return True
        if not alive():
            return False
        time.sleep(0.05)
    return False

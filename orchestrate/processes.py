"""Processes: which of this project's Meltano processes run, and how one is ended."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

# Seconds that Meltano, and then what it leaves behind, may take to end.
GRACE_SECONDS = 20.0
POLL_SECONDS = 0.1
PROC = Path("/proc")


class Process(NamedTuple):
    """A process of this machine.

    Attributes:
        pid: Its number.
        parent: The number of its parent.
        arguments: Its command line, joined by spaces.
    """

    pid: int
    parent: int
    arguments: str


def listing() -> list[Process]:
    """Return every process that this user can see.

    Raises:
        OSError: If there is neither /proc nor `ps`.
    """
    if not (PROC / "self" / "cmdline").exists():
        return _listing_of_ps()
    found = []
    for folder in PROC.iterdir():
        if not folder.name.isdigit():
            continue
        try:
            arguments = (folder / "cmdline").read_bytes().replace(b"\0", b" ")
            # "pid (name) state parent …": the name may contain spaces.
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:  # it has ended
            continue
        text = arguments.decode(errors="replace").strip()
        found.append(Process(int(folder.name), int(fields[1]), text))
    return found


def _listing_of_ps() -> list[Process]:
    lines = subprocess.run(
        ["ps", "-axww", "-o", "pid=,ppid=,args="],  # noqa: S607 - ps of the system
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    rows = [line.split(None, 2) for line in lines]
    return [Process(int(row[0]), int(row[1]), " ".join(row[2:])) for row in rows]


def other_meltanos(root: Path, processes: list[Process]) -> list[Process]:
    """Return a project's Meltano processes that this process has nothing to do with.

    They did not start it, and it did not start them.

    Args:
        root: The project.
        processes: What `listing` returned.
    """
    by_pid = {process.pid: process for process in processes}

    def line(pid: int) -> set[int]:
        """Return a process and those that started it."""
        found: set[int] = set()
        while pid in by_pid and pid not in found:
            found.add(pid)
            pid = by_pid[pid].parent
        return found

    own = line(os.getpid())
    return [
        process
        for process in processes
        if process.pid not in own
        and os.getpid() not in line(process.pid)
        and any(
            Path(word).name == "meltano" for word in process.arguments.split(" ")[:3]
        )
        and _belongs_to(process, root)
    ]


def _belongs_to(process: Process, root: Path) -> bool:
    if str(root) in process.arguments:
        return True
    try:
        folder = (PROC / str(process.pid) / "cwd").resolve(strict=True)
    except OSError:
        # Unknown: count it, so that nothing of a living run is touched.
        return not PROC.exists()
    return folder == root or root in folder.parents


def end_group(process: subprocess.Popen[str]) -> None:
    """End a process that leads a group, and everything that it started.

    The leader is asked first, because Meltano ends its plugins itself. What still
    runs after `GRACE_SECONDS` is killed.

    Args:
        process: Started with `start_new_session=True`.
    """
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(GRACE_SECONDS)
    for number in (signal.SIGTERM, signal.SIGKILL):
        deadline = time.monotonic() + GRACE_SECONDS
        try:
            os.killpg(process.pid, number)
            while time.monotonic() < deadline:
                process.poll()
                os.killpg(process.pid, 0)
                time.sleep(POLL_SECONDS)
        except (ProcessLookupError, PermissionError):
            return

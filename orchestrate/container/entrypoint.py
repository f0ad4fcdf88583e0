#!/usr/bin/env python3
"""Start a job in a container, end it in order, and write to the folder `data` only.

`nightly`, `reconcile` and the sources with a schedule of their own, such as `hubspot`,
are the scheduled jobs, and `shard` is one shard of PIPELINE_SHARDS: see shard.py.
Anything else is passed to Meltano: `run linear`.

One container at a time works in a folder `data`, also if it is a volume that several
containers have.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "data"
sys.path.insert(0, str(ROOT / "orchestrate"))

from housekeeping import remove_leftovers  # noqa: E402 - a script of that folder
from sources import SOURCES  # noqa: E402 - a script of that folder

JOBS = (
    "nightly",
    "reconcile",
    *(each.name.replace("_", "-") for each in SOURCES if each.schedule),
)
# Environments whose bookmarks must outlive the container.
KEPT = ("staging", "prod")
FOLDERS = {
    "DBT_LOG_PATH": "dbt-logs",
    "DBT_TARGET_PATH": "dbt-target",
    "HOME": "home",
    "TMPDIR": "tmp",
}
# Folders of `.meltano` that the script `install` makes links into `data`.
LINKED = ("history", "logs", "run", "utilities")
# https://man7.org/linux/man-pages/man2/PR_SET_CHILD_SUBREAPER.2const.html
PR_SET_CHILD_SUBREAPER = 36


def lock_data() -> None:
    """Hold the folder `data` until this process ends.

    Raises:
        SystemExit: If another container holds it.
        OSError: If it cannot be written.
    """
    # Never closed: the system releases the lock when this process ends.
    number = os.open(DATA / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit(
            f"container: another container works in {DATA}: wait until it ends, or give"
            " each container a volume of its own"
        )
    # What a container that was killed left on the volume.
    shutil.rmtree(DATA / FOLDERS["TMPDIR"], ignore_errors=True)


def environment() -> dict[str, str]:
    """Return the variables of the job, and create the folders that they name.

    Raises:
        SystemExit: If the bookmarks would be lost with the container.
        OSError: If the folder `data` cannot be written.
    """
    variables = {
        **os.environ,
        **{name: str(DATA / folder) for name, folder in FOLDERS.items()},
        "MELTANO_AUTO_INSTALL": "false",
        "MELTANO_PROJECT_ROOT": str(ROOT),
        # The image does not contain the report page's plugin: nobody could read a
        # file that ends with the container.
        "PIPELINE_PAGE": "false",
        "PYTHONDONTWRITEBYTECODE": "1",
        # `.meltano` belongs to root, and nobody else is in the container.
        "THROUGHLINE_TIDIED": "1",
    }
    bookmarks = ("MELTANO_STATE_BACKEND_URI", "MELTANO_DATABASE_URI")
    for name in bookmarks:
        # Meltano takes an empty text for an address.
        if not variables.get(name, "").strip():
            variables.pop(name, None)
    kept = any(name in variables for name in bookmarks)
    if not kept and variables.get("MELTANO_ENVIRONMENT") in KEPT:
        sys.exit(
            "container: MELTANO_STATE_BACKEND_URI is not set, so each run would load"
            " everything again: set it to a bucket, as in gs://bucket/state"
        )
    variables.setdefault("MELTANO_DATABASE_URI", f"sqlite:///{DATA}/meltano.db")
    for folder in (*FOLDERS.values(), *LINKED):
        (DATA / folder).mkdir(exist_ok=True)
    # Of a container that was killed, if `data` is a volume that it shared.
    remove_leftovers(ROOT / ".meltano", ROOT)
    return variables


def command(arguments: list[str]) -> list[str]:
    """Return Meltano's command for the container's arguments."""
    meltano = str(ROOT / ".venv" / "bin" / "meltano")
    match arguments:
        case ["shard", *index]:
            # Kubernetes numbers the pods of an indexed Job:
            # https://kubernetes.io/docs/concepts/workloads/controllers/job/#completion-mode
            index = index or [os.environ.get("JOB_COMPLETION_INDEX", "")]
            script = str(ROOT / "orchestrate" / "shard.py")
            return [str(ROOT / ".venv" / "bin" / "python"), "-B", script, *index]
        case [job] if job in JOBS:
            return [meltano, "invoke", f"pipeline:{job}"]
        case _:
            return [meltano, *arguments]


def wait_for_all(process: subprocess.Popen[bytes]) -> int:
    """Wait until a process and everything that it left behind have ended.

    Args:
        process: The job.

    Returns:
        Its exit code; 128 plus the number of a signal that ended it.
    """
    code = process.wait()
    with suppress(ChildProcessError):
        while True:
            os.waitpid(-1, 0)
    return code if code >= 0 else 128 - code


def main() -> int:
    """Run the job that the arguments name; returns the exit code."""
    os.umask(0o077)
    # The container's first process receives those whose parent has ended. Elsewhere,
    # a process must ask for that.
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    stopped = 0
    process: subprocess.Popen[bytes] | None = None

    def stop(number: int, _frame: FrameType | None) -> None:
        nonlocal stopped
        if not stopped:
            stopped = number
        if process is not None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, number)

    # The kernel discards a signal that the first process of a container has no
    # handler for.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    try:
        lock_data()
        process = subprocess.Popen(  # noqa: S603 - our own command
            command(sys.argv[1:]),
            cwd=ROOT,
            env=environment(),
            start_new_session=True,
        )
    except OSError as error:
        sys.exit(
            f"container: {error.filename}: {error.strerror}. Mount a folder at {DATA}"
            f" that user {os.getuid()} can write"
        )
    if stopped:  # before the process existed
        os.killpg(process.pid, stopped)
    return wait_for_all(process)


if __name__ == "__main__":
    sys.exit(main())

"""Taps and targets as processes that can be killed, and that start at once.

A fork server imports the programs once; each run is a child of it that executes the
program's own command line. Waits in the taps take 1/500 of their time.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from multiprocessing.forkserver import ensure_running
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.context import ForkServerProcess

    from random_walk.choices import Kill

COMMANDS = {
    "tap-github-prs": ("tap_github_prs.tap", "TapGitHubPRs"),
    "tap-google-health": ("tap_google_health.tap", "TapGoogleHealth"),
    "tap-hubspot-crm": ("tap_hubspot_crm.tap", "TapHubSpotCrm"),
    "tap-linear": ("tap_linear.tap", "TapLinear"),
    "tap-notion": ("tap_notion.tap", "TapNotion"),
    "target-bigquery": ("target_bigquery.target", "TargetBigQuery"),
}
WAITS_ARE_SHORTER = 500
MOST_SECONDS = 600
"""A run that has not ended after so long never ends."""

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(
    ["random_walk.hurry", *(module for module, _ in COMMANDS.values())]
)


class EndlessRunError(AssertionError):
    """A run that does not end."""


@dataclass(frozen=True)
class Ended:
    """How a run ended.

    Attributes:
        tap: Exit code of the tap; negative for a signal.
        target: Exit code of the target, 0 if there was none.
        killed: Whether a process was killed while it was running.
    """

    tap: int
    target: int
    killed: bool


def _execute(
    program: str, arguments: list[str], files: list[str | None], pipes: list[object]
) -> None:
    """Become a program: standard input, output and error are files or pipe ends."""
    for number, (file, pipe) in enumerate(zip(files, pipes, strict=True)):
        if pipe is not None:
            source = pipe.fileno()  # type: ignore[attr-defined]
        else:
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND if number else os.O_RDONLY
            source = os.open(file or os.devnull, flags, 0o600)
        os.dup2(source, number)
        if pipe is not None:
            pipe.close()  # type: ignore[attr-defined]
    sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w")  # noqa: SIM115 - until the end
    sys.argv = [program, *arguments]
    if program != "target-bigquery":
        import_module("random_walk.hurry").shorten_waits(WAITS_ARE_SHORTER)
    module, name = COMMANDS[program]
    getattr(import_module(module), name).cli()


@cache
def _serve() -> None:
    """Start the fork server, which finds the modules to import by PYTHONPATH alone."""
    before = os.environ.get("PYTHONPATH", "")
    here = str(Path(__file__).parents[1])
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (here, before)))
    try:
        ensure_running()
    finally:
        os.environ["PYTHONPATH"] = before


def _start(
    program: str,
    arguments: list[str],
    files: list[str | None],
    pipes: list[object],
) -> ForkServerProcess:
    _serve()
    process = _context.Process(
        target=_execute, args=(program, arguments, files, pipes), daemon=True
    )
    process.start()
    return process


def read(tap: str, arguments: list[str], output: Path, log: Path) -> int:
    """Run a tap into a file; returns its exit code."""
    files = [None, str(output), str(log)]
    process = _start(tap, arguments, files, [None, None, None])
    process.join(MOST_SECONDS)
    return _exit_code(process, tap)


def load(  # noqa: PLR0913, PLR0917 - what a pipe is made of
    tap: str,
    arguments: list[str],
    target_arguments: list[str],
    state: Path,
    logs: tuple[Path, Path],
    kill: Kill | None,
    requests: Callable[[], int],
) -> Ended:
    """Run a tap into target-bigquery, and kill what is to be killed.

    Args:
        tap: Name of the tap.
        arguments: Its arguments.
        target_arguments: Those of the target.
        state: File for what the target prints.
        logs: Files for what the tap and the target log.
        kill: What to kill, and when.
        requests: Returns how many requests the tap has sent so far.
    """
    reader, writer = _context.Pipe(duplex=False)
    tap_process = _start(
        tap, arguments, [None, None, str(logs[0])], [None, writer, None]
    )
    target_process = _start(
        "target-bigquery",
        target_arguments,
        [None, str(state), str(logs[1])],
        [reader, None, None],
    )
    reader.close()
    writer.close()
    processes = {"tap": tap_process, "target": target_process}
    killed = False
    if kill is not None:
        while tap_process.is_alive() and requests() < kill.after_requests:
            time.sleep(0.005)
        # The later part of a target's work comes after the tap has ended.
        target_process.join(kill.seconds)
        for name in kill.what:
            killed = killed or processes[name].is_alive()
            processes[name].kill()
    for process in processes.values():
        process.join(MOST_SECONDS)
    return Ended(
        _exit_code(tap_process, tap),
        _exit_code(target_process, "target-bigquery"),
        killed,
    )


def _exit_code(process: ForkServerProcess, program: str) -> int:
    if process.exitcode is None:
        process.kill()
        process.join()
        message = f"{program} has not ended after {MOST_SECONDS} seconds"
        raise EndlessRunError(message)
    return process.exitcode

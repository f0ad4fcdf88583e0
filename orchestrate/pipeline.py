#!/usr/bin/env python3
"""Sync every configured source, then build the models on the data that is there.

A source without a credential is skipped. A source that fails stops neither the
next one nor the build. The exit code is 0 only if nothing failed, and the output
ends with one line for each failure.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import housekeeping
from output import cause, say
from processes import end_group, listing, other_meltanos
from screen import Screen
from sources import SOURCES, Source

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

ROOT = Path(__file__).resolve().parents[1]
TARGET = "target-bigquery"
BUILD = "dbt-bigquery:build"
PAGE = "page:build"
INTERRUPTED = 130
PARENT_SECONDS = 0.5
# BigQuery hides a dataset that begins with an underscore:
# https://cloud.google.com/bigquery/docs/datasets#hidden_datasets
DATASET = re.compile(r"[A-Za-z0-9][A-Za-z0-9_]{0,1023}")


class PipelineError(Exception):
    """A reason to start nothing; its text is one line for the user."""


class Outcome(NamedTuple):
    """How one Meltano run ended.

    Attributes:
        exit_code: Of Meltano.
        cause: The line of its output that names the error.
    """

    exit_code: int
    cause: str


class Runner:
    """Runs one Meltano after the other, and ends it when the runner has to end.

    Attributes:
        stopped: The signal that ended the work; 0 while there was none.
    """

    def __init__(self, meltano: str, screen: Screen) -> None:
        """Take over the signals.

        Args:
            meltano: Path of the executable.
            screen: Where Meltano's lines go.
        """
        self.meltano = meltano
        self.screen = screen
        self.stopped = 0
        self._process: subprocess.Popen[str] | None = None
        self._parent = os.getppid()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._stop)
        threading.Thread(target=self._watch_parent, daemon=True).start()

    def _stop(self, number: int, _frame: FrameType | None) -> None:
        if not self.stopped:
            self.stopped = number
            threading.Thread(target=self._end, daemon=True).start()

    def _end(self) -> None:
        if self._process is not None:
            end_group(self._process)

    def _watch_parent(self) -> None:
        # A Meltano or a shell that was killed passes no signal on.
        while os.getppid() == self._parent:
            time.sleep(PARENT_SECONDS)
        self._stop(signal.SIGHUP, None)

    def run(self, title: str, *blocks: str, force: bool = False) -> Outcome:
        """Run blocks with Meltano and show its lines.

        Args:
            title: What the blocks work on.
            blocks: As after `meltano run`.
            force: Ignore the entry of a run that was killed.

        Returns:
            How it ended.
        """
        command = [self.meltano, "run", *(["--force"] if force else []), *blocks]
        self.screen.begin(title, " ".join(blocks))
        # A session of its own: its processes are ended as one group.
        self._process = subprocess.Popen(  # noqa: S603 - our own command
            command,
            cwd=ROOT,
            env={**os.environ, **self.screen.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        if self.stopped:  # between the check and the start
            self._end()
        lines = []
        with self._process as process:
            for line in process.stdout or ():
                self.screen.line(line.rstrip("\n"))
                lines.append(line.strip())
        code = process.wait()
        if self.stopped:
            end_group(process)
        self._process = None
        if not code:
            self.screen.end()
        return Outcome(code, cause(lines) if code else "")


def is_configured(source: Source) -> bool:
    """Tell whether a variable holds a credential of a source."""
    return any(os.environ.get(name, "").strip() for name in source.credentials)


def check_datasets() -> None:
    """Refuse names that BigQuery does not accept or hides.

    Raises:
        PipelineError: If a source's dataset has such a name.
    """
    is_dev = os.environ.get("MELTANO_ENVIRONMENT") == "dev"
    variable = "DEV_PREFIX" if is_dev else "the env of meltano.yml"
    for source in SOURCES:
        name = os.environ.get(source.dataset, "")
        if not DATASET.fullmatch(name):
            message = (
                f"{variable} makes the dataset name {name!r}: set it to letters, digits"
                " and underscores that do not begin with an underscore"
            )
            raise PipelineError(message)


def check_shard(job: str) -> None:
    """Refuse to look for deleted rows in a share of a source.

    The index of all issues would then lack the issues of the other shares, and the
    models would treat those as deleted.

    Args:
        job: The job's name.

    Raises:
        PipelineError: If TARGET_BIGQUERY_SHARD is set for such a job.
    """
    shard = os.environ.get("TARGET_BIGQUERY_SHARD", "")
    if shard and job == "reconcile":
        message = (
            f"TARGET_BIGQUERY_SHARD is {shard!r}, but reconcile must read a whole"
            " source: unset it"
        )
        raise PipelineError(message)


def log_file() -> Path | None:
    """Return the file that PIPELINE_LOG_FILE names; None without the variable."""
    name = os.environ.get("PIPELINE_LOG_FILE", "")
    return ROOT / name if name else None


def find_meltano() -> str:
    """Return the project's Meltano, else the one on the search path.

    Raises:
        PipelineError: If there is none.
    """
    own = ROOT / ".venv" / "bin" / "meltano"
    found = str(own) if own.exists() else shutil.which("meltano")
    if not found:
        message = "Meltano is not installed: run `make install`"
        raise PipelineError(message)
    return found


@contextmanager
def only_run() -> Iterator[None]:
    """Hold the environment's lock; the system releases it when the process ends.

    Raises:
        PipelineError: If another pipeline of this environment holds it.
    """
    environment = os.environ.get("MELTANO_ENVIRONMENT", "")
    path = housekeeping.system_folder() / "run" / f"pipeline.{environment}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            message = (
                f"another pipeline of environment {environment!r} is running"
                f" (process {lock.read().strip() or 'unknown'}): wait until it ends"
            )
            raise PipelineError(message) from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield


def is_alone() -> bool:
    """Tell whether an entry of a running job can only be a killed run's.

    Meltano takes a run that was killed for a living one until its last heartbeat is
    five minutes old. Only if its database is a file of this machine, and no other
    Meltano of this project runs here, the entry is certainly stale.
    """
    uri = os.environ.get("MELTANO_DATABASE_URI", "sqlite:")
    return uri.startswith("sqlite:") and not other_meltanos(ROOT, listing())


def sync_and_build(runner: Runner, *, reconcile: bool) -> list[str]:
    """Run one job.

    Args:
        runner: Runs Meltano.
        reconcile: Look for deleted rows instead of reading what is new.

    Returns:
        One line for each failure.

    Raises:
        PipelineError: If no source is configured.
    """
    if not any(map(is_configured, SOURCES)):
        names = " or ".join(source.credentials[0] for source in SOURCES)
        message = f"no source is configured: set {names}"
        raise PipelineError(message)
    failures = []
    synced = False
    for source in SOURCES:
        tap = source.reconcile if reconcile else source.tap
        if tap is None or runner.stopped:
            continue
        if not is_configured(source):
            say(f"{source.title}: skipped, because {source.credentials[0]} is not set")
            continue
        synced = True
        outcome = runner.run(source.title, tap, TARGET, force=is_alone())
        if outcome.exit_code:
            failures.append(failure(f"{source.title}: the sync", outcome))
    if synced and not runner.stopped:
        outcome = runner.run("Models", BUILD)
        if outcome.exit_code:
            failures.append(failure("Models: the build", outcome))
    if synced and writes_page() and not runner.stopped:
        outcome = runner.run("Page", PAGE)
        if outcome.exit_code:
            failures.append(failure("Page: the build", outcome))
    return failures


def writes_page() -> bool:
    """Tell whether the run ends with the report page (PIPELINE_PAGE, true if unset)."""
    return os.environ.get("PIPELINE_PAGE", "").strip().lower() not in {"false", "0"}


def failure(what: str, outcome: Outcome) -> str:
    """Describe a failed step in one line."""
    why = outcome.cause or "see its lines above"
    return f"{what} failed (exit code {outcome.exit_code}): {why}"


def main() -> int:
    """Run the job that the arguments name; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="pipeline", description=(__doc__ or "").partition("\n\n")[0]
    )
    parser.add_argument(
        "job",
        choices=["nightly", "reconcile"],
        help="nightly reads what is new; reconcile looks for deleted rows",
    )
    job = parser.parse_args().job
    os.umask(0o077)
    try:
        if not os.environ.get("THROUGHLINE_TIDIED"):
            housekeeping.tidy()
        check_datasets()
        check_shard(job)
        with only_run():
            screen = Screen(log_file())
            try:
                runner = Runner(find_meltano(), screen)
                failures = sync_and_build(runner, reconcile=job == "reconcile")
            finally:
                screen.close()
    except PipelineError as error:
        say(f"pipeline: {error}")
        return 1
    except OSError as error:  # a folder of another user, a full disk
        say(f"pipeline: {housekeeping.explain(error)}")
        return 1
    if runner.stopped:
        say("pipeline: stopped; the next run continues where this one ended")
        return INTERRUPTED if runner.stopped == signal.SIGINT else 128 + runner.stopped
    for line in failures:
        say(line)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())

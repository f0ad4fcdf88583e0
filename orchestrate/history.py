"""Run history: a row in `runs` for each step, and in `models` for each node of dbt.

A step is one sync of a source or one build of the models. Its row is first written to
a file of this machine, then to BigQuery: at the start with the outcome `running`, and
again at the end. What BigQuery does not take stays in its file, and the next run
writes it. A file that still says `running` when the next run starts belongs to a run
that was killed.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import threading
import uuid
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bare_runs
import history_warehouse
from housekeeping import system_folder
from output import say

if TYPE_CHECKING:
    from collections.abc import Iterable

    from runner import Outcome
    from sources import Source

ROOT = Path(__file__).resolve().parents[1]
MODELS = "models"
RUNNING, SUCCESS, FAILED, STOPPED, KILLED = (
    "running",
    "success",
    "failed",
    "stopped",
    "killed",
)
KILLED_LINE = "the run was killed; the next one continues where it ended"
Row = dict[str, Any]


def now() -> str:
    """Return the time in UTC, with milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def machine() -> str:
    """Return the name of this machine."""
    return platform.node()


def version() -> str:
    """Return what runs: THROUGHLINE_VERSION, GitHub's commit, or git's."""
    for name in ("THROUGHLINE_VERSION", "GITHUB_SHA"):
        if value := os.environ.get(name, "").strip():
            return value[:12]
    git = ["git", "describe", "--always", "--dirty"]
    with suppress(OSError, subprocess.SubprocessError):
        return subprocess.run(  # noqa: S603 - git
            git, cwd=ROOT, capture_output=True, text=True, check=True, timeout=10
        ).stdout.strip()
    return "unknown"


def environment() -> str:
    """Return the name of Meltano's environment."""
    return os.environ.get("MELTANO_ENVIRONMENT", "")


def folder() -> Path:
    """Return the folder of the rows that BigQuery does not have in their last form."""
    dataset = os.environ.get("PIPELINE_OPS_DATASET") or "ops"
    return system_folder() / "history" / environment() / dataset


def seconds_between(started: str, ended: str | None) -> float | None:
    """Return the duration of a step; None without an end."""
    if ended is None:
        return None
    begun, done = (datetime.fromisoformat(each) for each in (started, ended))
    return round(max(0.0, (done - begun).total_seconds()), 1)


def new_row(source: str, job: str, started_at: str, *, full_refresh: bool) -> Row:
    """Return the row of a step that starts.

    Args:
        source: The source's name, or `models`.
        job: The job that the step belongs to.
        started_at: When it started.
        full_refresh: Whether it reads everything again.
    """
    return {
        "run_id": str(uuid.uuid4()),
        "job": job,
        "environment": environment(),
        "source": source,
        "shard": os.environ.get("TARGET_BIGQUERY_SHARD") or None,
        "machine": machine(),
        "version": version(),
        "is_full_refresh": full_refresh,
        "started_at": started_at,
        "outcome": RUNNING,
    }


class History:
    """The rows of one job. Several of its steps can run at the same time.

    Args:
        job: Its name.
        sources: The sources that it reads.
        refreshed: Names of the sources that it reads from the beginning.
        builds: Whether it builds the models.
    """

    def __init__(
        self,
        job: str,
        sources: Iterable[Source],
        refreshed: Iterable[str] = (),
        *,
        builds: bool = True,
    ) -> None:
        """Record that the steps run; a failure is one line and ends nothing."""
        self._folder = folder()
        started, refreshed = now(), set(refreshed)
        names = [source.name for source in sources] + [MODELS] * builds
        self._rows = {
            name: new_row(name, job, started, full_refresh=name in refreshed)
            for name in names
        }
        self._models: list[Row] = []
        self._lock = threading.Lock()
        self._sender: subprocess.Popen[str] | None = None
        with suppress(OSError, history_warehouse.HistoryError):
            self._folder.mkdir(parents=True, exist_ok=True)
            lost = close_killed(self._folder)
            self._keep()
            self._sender = history_warehouse.start([*lost, *self._rows.values()], [])

    def run_id(self, source: str) -> str:
        """Return the ID that Meltano gives the run of a source."""
        return str(self._rows[source]["run_id"])

    def begin(self, source: str) -> None:
        """Note when a step really started."""
        with self._lock:
            self._rows[source]["started_at"] = now()

    def end(self, source: str, outcome: Outcome, *, stopped: bool = False) -> None:
        """Note how a step ended.

        Args:
            source: The source's name, or `models`.
            outcome: How Meltano ended.
            stopped: Whether a signal ended it.
        """
        row, ended, size = self._rows[source], now(), outcome.measures
        if source == MODELS:
            self._models, billed = history_warehouse.nodes_of_dbt(row)
            size = size._replace(byte_count=billed)
        failed = STOPPED if stopped else FAILED
        found = size._asdict() | {
            "attention": list(size.attention),
            "ended_at": ended,
            "duration_seconds": seconds_between(row["started_at"], ended),
            "outcome": failed if stopped or outcome.exit_code else SUCCESS,
            "exit_code": outcome.exit_code,
            "error": outcome.cause or None,
        }
        with self._lock:  # `_keep` reads all rows
            row |= found
            self._keep()

    def _keep(self) -> None:
        with suppress(OSError):
            for row in self._rows.values():
                save(self._folder, row, self._models if row["source"] == MODELS else [])

    def write(self) -> None:
        """Write the steps that have ended; a failure is one line and ends nothing."""
        self._keep()
        try:
            if self._sender is not None:
                with suppress(history_warehouse.HistoryError):  # `send` reports it
                    history_warehouse.wait(self._sender)
                self._sender = None
            send(self._folder)
        except (OSError, history_warehouse.HistoryError) as error:
            say(f"warning: the run history was not written: {error}")
        else:
            self._rows = {
                name: row
                for name, row in self._rows.items()
                if row["outcome"] == RUNNING
            }

    def close(self) -> None:
        """Write everything that this machine still holds.

        A step that did not start because the job was stopped is recorded as stopped.
        """
        for row in self._rows.values():
            if row["outcome"] == RUNNING:
                row |= {"outcome": STOPPED, "ended_at": now(), "error": "not started"}
        if self._rows:
            self.write()


def save(where: Path, row: Row, models: list[Row]) -> None:
    """Write a row to its file, completely or not at all."""
    path = where / f"{row['run_id']}.json"
    partial = path.with_suffix(".part")
    partial.write_text(json.dumps({"run": row, "models": models}), "utf-8")
    partial.replace(path)


def read(where: Path) -> list[tuple[Path, Row, list[Row]]]:
    """Return the files of a folder with their rows; damaged ones are removed."""
    found = []
    for path in sorted(where.glob("*.json")):
        try:
            content = json.loads(path.read_text("utf-8"))
            found.append((path, content["run"], content["models"]))
        except (ValueError, KeyError, TypeError):
            path.unlink(missing_ok=True)
    return found


def close_killed(where: Path) -> list[Row]:
    """Mark the runs that never ended as killed. Only the holder of the lock may.

    Args:
        where: The folder of this environment.

    Returns:
        Their rows.
    """
    lost = []
    for _, row, models in read(where):
        if row["outcome"] == RUNNING:
            row |= {"outcome": KILLED, "error": KILLED_LINE}
            save(where, row, models)
            lost.append(row)
    return lost


def send(where: Path) -> None:
    """Write the finished rows of this machine, and Meltano's own runs, to BigQuery.

    Args:
        where: The folder of this environment.

    Raises:
        HistoryError: If BigQuery did not take them; they are kept.
    """
    files = [each for each in read(where) if each[1]["outcome"] != RUNNING]
    bare, remember = bare_runs.unrecorded(where, environment(), version())
    runs = [row for _, row, _ in files] + bare
    if not runs:
        return
    nodes = [node for _, _, models in files for node in models]
    history_warehouse.wait(history_warehouse.start(runs, nodes))
    for path, _, _ in files:
        path.unlink(missing_ok=True)
    remember()

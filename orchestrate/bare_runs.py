"""Runs that someone started with `meltano run`: Meltano's own database knows them.

The pipeline marks its runs with a trigger. Every other run of the last 30 days is
read from Meltano's table `runs`, with its size from the log that Meltano keeps.
"""

from __future__ import annotations

import os
import sqlite3
import sys
import uuid
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from housekeeping import database
from measures import measure
from output import cause
from sources import SOURCES

if TYPE_CHECKING:
    from collections.abc import Callable

TRIGGER = "pipeline"
"""What MELTANO_JOB_TRIGGER says in the runs of the pipeline."""
DAYS = 30
# Meltano writes a heartbeat every second: a run without one for this long is over.
HEARTBEAT = timedelta(minutes=5)
OUTCOMES = {"SUCCESS": "success", "FAIL": "failed"}
# Table `runs` of meltano/core/job/job.py, Meltano 4.4. Times are UTC without a zone.
QUERY = """
    select id, job_name, run_id, state, started_at, ended_at, last_heartbeat_at
    from runs
    where id > ? and started_at > ? and job_name like ? || ':%'
        and state in ('SUCCESS', 'FAIL', 'RUNNING') and coalesce(trigger, '') != ?
    order by id
"""


def log_folder() -> Path:
    """Return the folder of the logs of Meltano's runs, as platformdirs names it."""
    home = Path.home()
    if sys.platform == "darwin":
        return home / "Library" / "Logs" / "meltano" / "elt"
    state = os.environ.get("XDG_STATE_HOME") or home / ".local" / "state"
    return Path(state) / "meltano" / "log" / "elt"


def unrecorded(
    where: Path, environment: str, version: str
) -> tuple[list[dict[str, Any]], Callable[[], None]]:
    """Return the runs since the last call, and what remembers them.

    Args:
        where: The folder of the history of this environment.
        environment: Its name.
        version: What runs now.

    Returns:
        Rows of `runs`, and a function to call when BigQuery has them.
    """
    mark = where / "bare_runs"
    try:
        last = int(mark.read_text("utf-8"))
    except (OSError, ValueError):
        last = 0
    rows = []
    for found in _entries(environment, last):
        if not _is_of_these_datasets(found["job_name"]):
            continue
        row = _row(found, environment, version)
        if row is None:  # it runs
            break
        last = found["id"]
        rows.append(row)
    return rows, lambda: _remember(mark, last)


def _is_of_these_datasets(state_id: str) -> bool:
    """Tell whether a state ID names the datasets that the pipeline works on."""
    # The IDs of older runs name no datasets of optional sources.
    required = (each for each in SOURCES if not each.optional)
    names = filter(None, (os.environ.get(source.dataset) for source in required))
    return all(f".{name}" in state_id for name in names)


def _remember(mark: Path, last: int) -> None:
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.write_text(str(last), "utf-8")


def _entries(environment: str, last: int) -> list[sqlite3.Row]:
    path = database()
    if path is None or not path.is_file():
        return []
    since = (datetime.now(UTC) - timedelta(days=DAYS)).strftime("%Y-%m-%d %H:%M:%S")
    try:
        uri = f"file:{path}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True, timeout=10)) as connection:
            connection.row_factory = sqlite3.Row
            return connection.execute(
                QUERY, (last, since, environment, TRIGGER)
            ).fetchall()
    except sqlite3.Error:  # Meltano itself reports a damaged database
        return []


def _row(found: sqlite3.Row, environment: str, version: str) -> dict[str, Any] | None:
    tap = found["job_name"].split(":")[1].partition("-to-")[0]
    names = [each.name for each in SOURCES if tap in {each.tap, each.reconcile}]
    started, beat = _moment(found["started_at"]), _moment(found["last_heartbeat_at"])
    ended = _moment(found["ended_at"])
    if found["state"] == "RUNNING":
        if datetime.now(UTC) - (beat or started or datetime.now(UTC)) < HEARTBEAT:
            return None
        ended, outcome = beat, "killed"
    else:
        outcome = OUTCOMES[found["state"]]
    run_id = str(uuid.UUID(found["run_id"]))
    lines = [
        line
        for path in log_folder().glob(f"*/{run_id}/elt.log")
        for line in path.read_text("utf-8", errors="replace").splitlines()
    ]
    measures = measure(lines)
    killed = "the run was killed; the next one continues where it ended"
    error = killed if outcome == "killed" else cause(lines)
    return {
        "run_id": run_id,
        "job": "meltano run",
        "environment": environment,
        "source": names[0] if names else tap,
        "version": version,
        "started_at": _text(started),
        "ended_at": _text(ended),
        "duration_seconds": (
            round((ended - started).total_seconds(), 1) if started and ended else None
        ),
        "outcome": outcome,
        "error": (error or None) if outcome != "success" else None,
        **measures._asdict(),
        "attention": list(measures.attention),
    }


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).replace(tzinfo=UTC) if text else None


def _text(moment: datetime | None) -> str | None:
    if moment is None:
        return None
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

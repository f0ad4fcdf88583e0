"""The run history in BigQuery: written by target-bigquery, read by read_history.py.

Both run in the virtual environment of target-bigquery with the settings of the
pipeline (`PIPELINE_PROJECT` and so on), so this script needs no library itself.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from housekeeping import system_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
SECONDS = 60
# Settings of target-bigquery that the pipeline has too. A variable that overrides one
# for the target overrides it here.
SETTINGS = (
    "project",
    "location",
    "credentials_path",
    "credentials_json",
    "api_endpoint",
    "api_token",
)
# Not `rows`: the word is reserved in GoogleSQL.
MOMENT = {"type": ["string", "null"], "format": "date-time"}
TEXT = {"type": ["string", "null"]}
WHOLE = {"type": ["integer", "null"]}
NUMBER = {"type": ["number", "null"]}
FLAG = {"type": ["boolean", "null"]}
LIST = {"type": ["array", "null"], "items": {"type": "string"}}
RUNS = {
    "run_id": TEXT,
    "job": TEXT,
    "environment": TEXT,
    "source": TEXT,
    "shard": TEXT,
    "machine": TEXT,
    "version": TEXT,
    "is_full_refresh": FLAG,
    "started_at": MOMENT,
    "ended_at": MOMENT,
    "duration_seconds": NUMBER,
    "outcome": TEXT,
    "exit_code": WHOLE,
    "row_count": WHOLE,
    "request_count": WHOLE,
    "point_count": WHOLE,
    "byte_count": WHOLE,
    "error": TEXT,
    "attention": LIST,
}
MODELS = {
    "run_id": TEXT,
    "node_id": TEXT,
    "environment": TEXT,
    "kind": TEXT,
    "name": TEXT,
    "status": TEXT,
    "started_at": MOMENT,
    "duration_seconds": NUMBER,
    "row_count": WHOLE,
    "byte_count": WHOLE,
    "message": TEXT,
}
STREAMS = {"runs": (["run_id"], RUNS), "models": (["run_id", "node_id"], MODELS)}
FAILED = {"error", "fail", "warn", "runtime error"}


class HistoryError(Exception):
    """A reason why BigQuery did not take or give rows; one line for the user."""


def environment() -> dict[str, str]:
    """Return the variables of a process that uses target-bigquery's settings."""
    found = dict(os.environ)
    for name in SETTINGS:
        variable = f"TARGET_BIGQUERY_{name.upper()}"
        value = found.get(variable) or found.get(f"PIPELINE_{name.upper()}")
        if value:
            found[variable] = value
    found |= {
        "TARGET_BIGQUERY_DATASET": found.get("PIPELINE_OPS_DATASET") or "ops",
        "TARGET_BIGQUERY_TABLE_PREFIX": "",
        "TARGET_BIGQUERY_SHARD": "",
        "TARGET_BIGQUERY_LOAD_METHOD": "upsert",
        "TARGET_BIGQUERY_TIMEOUT": str(SECONDS // 2),
        "TARGET_BIGQUERY_VARIABLES": (
            "project=BIGQUERY_PROJECT location=BIGQUERY_LOCATION"
            " credentials_path=BIGQUERY_CREDENTIALS_PATH"
            " credentials_json=BIGQUERY_CREDENTIALS_JSON"
        ),
    }
    return found


def program(name: str) -> str:
    """Return a program of target-bigquery's virtual environment.

    Raises:
        HistoryError: If it is not installed.
    """
    folder = system_folder() / "loaders" / "target-bigquery" / "venv" / "bin"
    if not (folder / name).exists():
        message = "target-bigquery is not installed: run `make install`"
        raise HistoryError(message)
    return str(folder / name)


def messages(runs: list[dict[str, Any]], models: list[dict[str, Any]]) -> Iterator[str]:
    """Return Singer messages, one line each.

    Each stream has a schema, also without rows, so that both tables exist when the
    first build makes views of them.

    Args:
        runs: Rows of `runs`; the last row of a run counts.
        models: Rows of `models`.
    """
    for stream, rows in (("runs", runs), ("models", models)):
        key, properties = STREAMS[stream]
        schema = {"type": "object", "properties": properties}
        yield json.dumps(
            {
                "type": "SCHEMA",
                "stream": stream,
                "schema": schema,
                "key_properties": key,
            }
        )
        for row in rows:
            record = {name: row.get(name) for name in properties}
            yield json.dumps({"type": "RECORD", "stream": stream, "record": record})


def start(
    runs: list[dict[str, Any]], models: list[dict[str, Any]]
) -> subprocess.Popen[str]:
    """Start to write rows: one load job per table, then a MERGE.

    Args:
        runs: Rows of `runs`.
        models: Rows of `models`.

    Returns:
        The process; give it to `wait`.

    Raises:
        HistoryError: If target-bigquery is not installed.
    """
    command = [program("target-bigquery"), "--config=ENV"]
    # A file, because nothing reads a pipe while the job works.
    with tempfile.TemporaryFile("w+") as lines:
        lines.writelines(f"{line}\n" for line in messages(runs, models))
        lines.seek(0)
        return subprocess.Popen(  # noqa: S603 - our own command
            command,
            env=environment(),
            stdin=lines,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        )


def wait(process: subprocess.Popen[str]) -> None:
    """Wait until the rows are written.

    Args:
        process: What `start` returned.

    Raises:
        HistoryError: If they were not.
    """
    try:
        _, lines = process.communicate(timeout=SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        message = f"BigQuery did not respond within {SECONDS} s"
        raise HistoryError(message) from None
    if process.returncode:
        raise HistoryError(_reason(lines))


def _reason(lines: str) -> str:
    found = [line.strip() for line in lines.splitlines() if line.strip()]
    last = found[-1] if found else "no reason given"
    return last.removeprefix("Error: ")


def query(name: str, days: int) -> list[dict[str, Any]]:
    """Return the rows of `runs` of an environment, the newest first.

    Args:
        name: Meltano's environment.
        days: How far to look back.

    Raises:
        HistoryError: If BigQuery cannot be read.
    """
    command = [
        program("python"),
        str(Path(__file__).with_name("read_history.py")),
        name,
        str(days),
    ]
    try:
        done = subprocess.run(  # noqa: S603 - our own command
            command,
            env=environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
        )
    except subprocess.TimeoutExpired:
        message = f"BigQuery did not respond within {SECONDS} s"
        raise HistoryError(message) from None
    if done.returncode:
        raise HistoryError(_reason(done.stderr))
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def nodes_of_dbt(run: dict[str, Any]) -> tuple[list[dict[str, Any]], int | None]:
    """Return what dbt wrote about the nodes of its last command.

    Args:
        run: The row of the build.

    Returns:
        Rows of `models`, and the bytes that BigQuery billed for all of them; nothing
        if dbt wrote no results since the build started.
    """
    target = os.environ.get("DBT_TARGET_PATH") or ROOT / "transform" / "target"
    path = Path(target) / "run_results.json"
    try:
        found = json.loads(path.read_text("utf-8"))
        written = datetime.fromisoformat(found["metadata"]["generated_at"])
        results = found["results"]
    except (OSError, ValueError, KeyError, TypeError):
        return [], None
    if written < datetime.fromisoformat(run["started_at"]):
        return [], None
    rows = [_node(each, run) for each in results]
    return rows, sum(row["byte_count"] or 0 for row in rows)


def _node(result: dict[str, Any], run: dict[str, Any]) -> dict[str, Any]:
    kind, _, name = result["unique_id"].split(".", 2)
    response = result.get("adapter_response") or {}
    timing = {each["name"]: each for each in result.get("timing") or []}
    failed = result["status"] in FAILED
    return {
        "run_id": run["run_id"],
        "node_id": result["unique_id"],
        "environment": run["environment"],
        "kind": kind,
        "name": name.partition(".")[0],
        "status": result["status"],
        "started_at": timing.get("execute", {}).get("started_at"),
        "duration_seconds": result.get("execution_time"),
        "row_count": response.get("rows_affected"),
        "byte_count": response.get("bytes_billed"),
        "message": result.get("message") if failed else None,
    }

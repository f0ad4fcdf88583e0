"""What `make status` shows: the last runs of each source, and what needs a person."""

from __future__ import annotations

import fcntl
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import history
import history_warehouse
from checks import is_mentioned
from housekeeping import system_folder
from output import say
from sources import SOURCES

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

DAYS = 90
KILLED_NOTE = "A killed run needs no repair: the next run continues where it ended."
# No job runs for longer: GitHub Actions ends one after 6 hours.
LONGEST = timedelta(hours=24)
COLUMNS = (
    "source",
    "last good run",
    "age",
    "last run",
    "result",
    "time",
    "rows",
    "requests",
    "points",
    "bytes",
)
PARTIAL = {"backfill", "reconcile"}
SIZES = ("row", "request", "point", "byte")
LEFT = 5  # columns that are words, before those that are numbers
Row = dict[str, Any]


def lock_path(environment: str) -> Path:
    """Return the file that a running pipeline of an environment locks."""
    return system_folder() / "run" / f"pipeline.{environment}.lock"


def is_running_here(environment: str) -> bool:
    """Tell whether a pipeline of an environment runs on this machine."""
    try:
        with lock_path(environment).open("r", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def newest_first(rows: Iterable[Row]) -> list[Row]:
    """Sort rows of `runs`; BigQuery and this machine write times differently."""
    return sorted(rows, key=_moment, reverse=True)


def with_killed(
    rows: list[Row], now: datetime, *, machine: str, runs_here: bool
) -> list[Row]:
    """Return rows in which a run that cannot be running any more is `killed`.

    A run that never reported its end was killed if a later run of its source (and
    shard) started, if it started more than a day ago, or if it was on this machine
    and no pipeline runs here.

    Args:
        rows: Rows of `runs`, the newest first.
        now: The time.
        machine: The name of this machine.
        runs_here: Whether a pipeline of the environment runs on it.
    """
    seen: set[tuple[str, str | None]] = set()
    found = []
    for row in rows:
        age = now - _moment(row)
        gone = row.get("machine") == machine and not runs_here
        key = (row["source"], row.get("shard"))
        is_over = gone or key in seen or age > LONGEST
        if row["outcome"] == history.RUNNING and is_over:
            killed = {"outcome": history.KILLED, "error": history.KILLED_LINE}
            found.append({**row, **killed})
        else:
            found.append(row)
        seen.add(key)
    return found


def report(rows: list[Row], now: datetime, environment: str) -> list[str]:
    """Return the lines that describe the last runs.

    Args:
        rows: Rows of `runs`, the newest first; killed ones are marked.
        now: The time.
        environment: Meltano's environment.
    """
    if not rows:
        line = (
            f"No run of environment {environment} in the last {DAYS} days:"
            f" start one with `make run ENVIRONMENT={environment}`."
        )
        return [line]
    titles = {source.name: source.title for source in SOURCES}
    titles[history.MODELS] = "Models"
    shown = [source.title for source in SOURCES if is_mentioned(source)]
    models = titles[history.MODELS]
    by_source: dict[str, list[Row]] = {name: [] for name in (*shown, models)}
    for row in rows:
        source = str(row["source"])
        title = titles.get(source, source)
        # A shard that fails must not hide behind another one that does not.
        shard = f" ({row['shard']})" if row.get("shard") else ""
        by_source.setdefault(title + shard, []).append(row)
    for title in shown:
        has_shards = any(other.startswith(f"{title} (") for other in by_source)
        if has_shards and not by_source[title]:
            del by_source[title]
    table: list[tuple[str, ...]] = [COLUMNS]
    attention = []
    for title, runs in by_source.items():
        table.append(_line(title, runs, now))
        attention += [f"{title}: {text}" for text in problems(runs)]
    lines = [f"Environment {environment}, {_minute(now)} UTC", *_aligned(table)]
    if any(
        runs and runs[0]["outcome"] == history.KILLED for runs in by_source.values()
    ):
        lines.append(KILLED_NOTE)
    if attention:
        lines += ["Needs a person:", *(f"  {text}" for text in attention)]
    return lines


def problems(runs: list[Row]) -> list[str]:
    """Return what is wrong with a source, one text for each problem.

    These are the lines of its last sync and of its last reconcile, if they failed, and
    of a backfill that failed and is the last run. A run that was stopped or killed
    solves nothing.

    Args:
        runs: Its runs, the newest first.
    """
    ended = [row for row in runs if row["outcome"] in {history.SUCCESS, history.FAILED}]
    last: dict[str, Row] = {}
    for row in ended:
        job = row.get("job") or ""
        last.setdefault(job if job in PARTIAL else "", row)
    if "backfill" in last and last["backfill"] is not ended[0]:
        del last["backfill"]
    found: list[str] = []
    for row in last.values():
        if row["outcome"] != history.FAILED:
            continue
        lines = list(row.get("attention") or [])
        error = row.get("error") or ""
        # The error of a sync is usually one of the lines of its tap, with its name.
        if error and not any(error.endswith(text) for text in lines):
            lines.insert(0, error)
        found += [text for text in lines if text not in found]
    return found


def _line(title: str, runs: list[Row], now: datetime) -> tuple[str, ...]:
    if not runs:
        return (title, "never", *[""] * (len(COLUMNS) - 2))
    good = next(filter(_is_up_to_date, runs), None)
    last = runs[0]
    return (
        title,
        _minute(_moment(good)) if good else "never",
        _age(now - _moment(good)) if good else "",
        _minute(_moment(last)),
        last["outcome"],
        _seconds(last.get("duration_seconds")),
        *(_number(last.get(f"{name}_count")) for name in SIZES),
    )


def _is_up_to_date(row: Row) -> bool:
    """Tell whether a run read what is new; a backfill and a reconcile do not."""
    return row["outcome"] == history.SUCCESS and row.get("job") not in PARTIAL


def _moment(row: Row) -> datetime:
    return datetime.fromisoformat(row["started_at"])


def _minute(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M")


def _age(age: timedelta) -> str:
    minutes = max(0, int(age.total_seconds() // 60))
    hours, days = minutes // 60, minutes // 60 // 24
    if days > 1:
        return f"{days} days"
    return f"{hours} h" if hours else f"{minutes} min"


def _seconds(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f} s"


def _number(value: int | None) -> str:
    return "" if value is None else f"{value:,}"


def _aligned(table: list[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) if number < LEFT else cell.rjust(width)
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in table
    ]


def show() -> int:
    """Print the report; the exit code is 1 if the history cannot be read."""
    environment, now = history.environment(), datetime.now(UTC)
    where = history.folder()
    runs_here = is_running_here(environment)
    code = 0
    try:
        if not runs_here:
            # What BigQuery does not have yet, and runs of a bare `meltano run`.
            history.send(where)
        rows = history_warehouse.query(environment, DAYS)
    except (OSError, history_warehouse.HistoryError) as error:
        say(f"status: the run history cannot be read completely: {error}")
        rows, code = [], 1
    by_id = {row["run_id"]: row for row in rows}
    for _, row, _ in history.read(where):
        if by_id.get(row["run_id"], row)["outcome"] == history.RUNNING:
            by_id[row["run_id"]] = row
    rows = with_killed(
        newest_first(by_id.values()),
        now,
        machine=history.machine(),
        runs_here=runs_here,
    )
    # A history that cannot be read is not an empty one.
    if rows or not code:
        for line in report(rows, now, environment):
            say(line)
    return code

"""Time a full dbt build of 20,000 issues and 20,000 pull requests.

    python transform/benchmarks/bench_build.py [ISSUES]

The workspace of pytests/ is multiplied: a copy of its rows for every four issues
and four pull requests, with ids and days of its own. It is loaded into a local
BigQuery and built; printed are the time of the build and of its slowest models.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sandbox.testing import LocalBigQuery

TRANSFORM = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TRANSFORM / "pytests"))
sys.path.insert(0, str(TRANSFORM / "scripts"))
from conftest import SOURCES, WORKSPACE, Warehouse  # noqa: E402 - next to the tests, not a package
from dbt_process import Dbt  # noqa: E402 - next to the tests, not a package
from read_yaml import read_yaml  # noqa: E402 - a script, not a package

ISSUES_PER_COPY = 4
DAYS = 700
TIMESTAMP = re.compile(r"^\d{4}-\d\d-\d\dT")
# What each copy shares: the company's people, places and states.
SHARED = {
    "users",
    "teams",
    "team_memberships",
    "workflow_states",
    "issue_labels",
    "projects",
    "repositories",
    "organization",
}
OWN_IDS = re.compile(
    r"^(id|node_id|oid|issue_id|related_issue_id|pull_request_id|cycle_id|from_cycle_id)$"
)


def copied(row: dict[str, Any], number: int, stream: str) -> dict[str, Any]:
    """Give a copy of a row ids of its own and move it in time."""
    shift = timedelta(days=-(number % DAYS))
    made: dict[str, Any] = {}
    for name, value in row.items():
        if OWN_IDS.match(name) and value is not None:
            made[name] = (
                value + number * 1000 if isinstance(value, int) else f"{value}-{number}"
            )
        elif name in {"identifier", "previous_identifiers"}:
            texts = [value] if isinstance(value, str) else value
            moved = [
                f"{text.split('-')[0]}-{number * 10 + int(text.split('-')[1])}"
                for text in texts
            ]
            made[name] = moved[0] if isinstance(value, str) else moved
        elif name == "url":
            made[name] = re.sub(
                r"(\d+)$", lambda match: str(number * 10 + int(match[1])), value
            )
        elif name in {"head_ref_name", "title", "body", "message"}:
            made[name] = re.sub(
                r"(?i)\b(eng|ops)-(\d+)",
                lambda m: f"{m[1]}-{number * 10 + int(m[2])}",
                value,
            )
        elif isinstance(value, str) and TIMESTAMP.match(value):
            made[name] = (datetime.fromisoformat(value) + shift).strftime(
                "%Y-%m-%dT%H:%M:%SZ"
            )
        else:
            made[name] = value
    if stream in {"issues", "pull_requests"}:
        made["number"] = number * 10 + row["number"]
    return made


def main() -> None:
    """Load, build, print."""
    copies = int(sys.argv[1] if len(sys.argv) > 1 else 20_000) // ISSUES_PER_COPY
    with (
        tempfile.TemporaryDirectory() as folder,
        LocalBigQuery(Path(folder) / "data") as local,
        Dbt() as dbt,
    ):
        datasets = {name: f"bench_{name}" for name in (*SOURCES, "analytics")}
        warehouse = Warehouse(local, dbt, Path(folder) / "dbt", datasets)
        for source in SOURCES:
            for stream, rows in read_yaml(WORKSPACE / f"{source}.yml").items():
                made = (
                    rows
                    if stream in SHARED
                    else [copied(row, n, stream) for n in range(copies) for row in rows]
                )
                warehouse.load(source, stream, made)
        # The first build also translates every statement from BigQuery's SQL to
        # DuckDB's, which the local BigQuery keeps for later builds.
        seconds = []
        for _ in range(2):
            started = time.monotonic()
            warehouse.build()
            seconds.append(time.monotonic() - started)
        facts = {
            name: len(warehouse.rows(name, key))
            for name, key in (
                ("fct_issues", "issue_id"),
                ("fct_pull_requests", "pull_request_id"),
            )
        }
        results = json.loads(
            (Path(folder) / "dbt" / "target" / "run_results.json").read_text()
        )["results"]
    slowest = sorted(
        ((each["execution_time"], each["unique_id"]) for each in results), reverse=True
    )[:5]
    first, second = seconds
    print(
        f"{facts}, {len(results)} nodes: built and tested in {first:.0f} s, "
        f"again in {second:.0f} s"
    )
    for execution_time, name in slowest:
        print(f"{execution_time:6.1f} s  {name}")


if __name__ == "__main__":
    main()

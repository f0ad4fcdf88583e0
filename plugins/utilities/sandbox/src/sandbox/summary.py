"""The summary of a run that `make demo` prints at its end."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from google.cloud import bigquery
    from rich.console import Console

NEXT_COMMANDS = (
    ("output/page.html", "open the report page in a browser"),
    (
        "make query SQL='select * from analytics.agg_team_weekly_flow limit 5'",
        "query the warehouse",
    ),
    ("make advance BY=7d demo", "advance the company by a week, then read the changes"),
    ("grep -A 60 '^## Your own data' README.md", "use it with your own data"),
)


def row_counts(client: bigquery.Client) -> dict[str, dict[str, int]]:
    """Count the rows of every table, but not of views.

    Args:
        client: A client of the local BigQuery.

    Returns:
        Rows by table by dataset, both in alphabetical order.
    """
    counts: dict[str, dict[str, int]] = {}
    for dataset in sorted(item.dataset_id for item in client.list_datasets()):
        tables = sorted(
            item.table_id
            for item in client.list_tables(dataset)
            if item.table_type == "TABLE"
        )
        if not tables:
            continue
        sql = " union all ".join(
            f"select '{table}' as name, count(*) as n from `{dataset}`.`{table}`"  # noqa: S608 - names are BigQuery's own
            for table in tables
        )
        found = {row["name"]: row["n"] for row in client.query_and_wait(sql)}
        counts[dataset] = {table: found[table] for table in tables}
    return counts


def dbt_outcomes(run_results: Path) -> dict[str, int]:
    """Count the outcomes of dbt's last command.

    Args:
        run_results: dbt's `run_results.json`.

    Returns:
        Number of nodes by status (`success`, `pass`, `warn`, `error`, `fail`,
        `skipped`), largest first; empty if dbt has not run.
    """
    if not run_results.is_file():
        return {}
    results = json.loads(run_results.read_text("utf-8"))["results"]
    return dict(Counter(result["status"] for result in results).most_common())


def print_summary(
    console: Console,
    counts: Mapping[str, Mapping[str, int]],
    outcomes: Mapping[str, int],
    requests: Mapping[str, int],
    seconds: float,
) -> None:
    """Print the table, dbt's outcomes, the requests, the time and what to try next.

    Args:
        console: Where to print.
        counts: Rows by table by dataset.
        outcomes: Number of dbt nodes by status.
        requests: API requests of this run, by API.
        seconds: How long the run took, from the first second of `make`.
    """
    table = Table(title="Loaded and built", title_justify="left", title_style="bold")
    table.add_column("dataset")
    table.add_column("table")
    table.add_column("rows", justify="right")
    for dataset, tables in counts.items():
        for name, rows in tables.items():
            table.add_row(dataset, name, f"{rows:,}")
        table.add_section()
    console.print(table)
    console.print(f"dbt           {_listed(outcomes)}")
    console.print(f"API requests  {_listed(requests)}")
    console.print(f"time          {seconds:.0f} s")
    console.print("\nNext:")
    width = max(len(command) for command, _ in NEXT_COMMANDS)
    for command, what in NEXT_COMMANDS:
        console.print(
            f"  {command:<{width}}  # {what}", soft_wrap=True, highlight=False
        )


def _listed(numbers: Mapping[str, int]) -> str:
    pairs: Iterable[str] = (f"{number:,} {name}" for name, number in numbers.items())
    return ", ".join(pairs) or "none"

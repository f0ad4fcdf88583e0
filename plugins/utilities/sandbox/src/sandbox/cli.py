"""`sandbox`: the local BigQuery, and stand-ins for the APIs of all sources."""

from __future__ import annotations

import functools
import time
from enum import StrEnum
from pathlib import Path  # noqa: TC003 - typer reads annotations when it runs
from typing import TYPE_CHECKING, Annotated, ParamSpec, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from sandbox import __doc__ as package_doc
from sandbox import bigquery, bookmarks, output
from sandbox.cli_company import register
from sandbox.control import Control
from sandbox.lifecycle import Sandbox, SandboxError
from sandbox.settings import Settings, project_root
from sandbox.summary import dbt_outcomes, print_summary, row_counts

if TYPE_CHECKING:
    from collections.abc import Callable

app = typer.Typer(help=package_doc, no_args_is_help=True, add_completion=False)

RUNNING = "running"
# SandboxError, ControlError and warehouse.QueryError are RuntimeErrors.
EXPECTED = (RuntimeError, ValueError, OSError)


class Format(StrEnum):
    """How rows are printed."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


P = ParamSpec("P")
T = TypeVar("T")


def one_line(command: Callable[P, T]) -> Callable[P, T]:
    """Report every error that a user can cause in one line, with exit code 1."""

    @functools.wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return command(*args, **kwargs)
        except EXPECTED as error:
            message = str(error)
        typer.echo(f"sandbox: {' '.join(message.split())}", err=True)
        raise typer.Exit(1)

    return wrapped


@app.command()
@one_line
def up(  # noqa: PLR0913 - one per setting
    *,
    bigquery_port: Annotated[int | None, typer.Option(help="Port of BigQuery.")] = None,
    api_port: Annotated[int | None, typer.Option(help="Port of the APIs.")] = None,
    project: Annotated[
        str | None, typer.Option(help="Google Cloud project of the local BigQuery.")
    ] = None,
    size: Annotated[
        int | None, typer.Option(min=1, help="Number of Linear issues.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of the company.")] = None,
    recordings: Annotated[
        Path | None, typer.Option(help="Folder of recorded GitHub responses.")
    ] = None,
) -> None:
    """Start the servers that are not running; return when both respond.

    Options that you leave out come from the environment (SANDBOX_API_PORT, SANDBOX_SIZE
    …). A changed setting restarts the servers that use it. The other commands use the
    settings of the last `up`.
    """
    settings = Settings.environment().updated(
        bigquery_port=bigquery_port,
        api_port=api_port,
        project=project,
        size=size,
        seed=seed,
        recordings=None if recordings is None else str(recordings.resolve()),
    )
    started = Sandbox(settings).up()
    settings.save()
    names = " and ".join(started)
    typer.echo(f"started: {names}" if started else "the sandbox is already running")


@app.command()
@one_line
def down() -> None:
    """Stop what `up` started, and nothing else. Data is kept."""
    ended = Sandbox(Settings.current()).down()
    typer.echo(f"stopped: {' and '.join(ended)}" if ended else "nothing was running")


@app.command()
@one_line
def status() -> None:
    """Show what is running on which port; exit code 1 unless everything is running."""
    settings = Settings.current()
    rows = Sandbox(settings).status()
    table = Table(show_edge=False, pad_edge=False)
    for name in ("what", "state", "pid", "ports", "log"):
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(
            row["title"],
            row["state"],
            str(row["pid"] or ""),
            ", ".join(map(str, row["ports"])),
            str(row["log"]),
        )
    Console(width=output.width()).print(table)
    if any(row["state"] != RUNNING for row in rows):
        typer.echo("start it with `make up`", err=True)
        raise typer.Exit(1)
    health = Control(settings.api_url, settings.token).health()
    source = "recordings" if health["recordings"] else health["organization"]
    typer.echo(
        f"\n{source}, {health['now'][:10]}: {health['issues']:,} issues,"
        f" {health['pull_requests']:,} pull requests"
        f"\nBigQuery  {settings.bigquery_url} project {settings.project}"
        f"\nLinear    {settings.api_url}/linear/graphql"
        f"\nGitHub    {settings.api_url}/github, as GHES {settings.api_url}/ghes/api/v3"
    )


@app.command()
@one_line
def query(
    sql: str,
    *,
    form: Annotated[
        Format, typer.Option("--format", help="How rows are printed.")
    ] = Format.TABLE,
) -> None:
    """Run one GoogleSQL statement in the local BigQuery."""
    settings = Settings.current()
    if not bigquery.answers(f"{settings.bigquery_url}/healthz"):
        message = "the sandbox is not running: start it with `make up`"
        raise SandboxError(message)
    from sandbox import warehouse  # noqa: PLC0415 - seconds that only this needs

    with warehouse.client(
        settings.bigquery_url, settings.project, settings.token
    ) as client:
        names, rows = warehouse.query(client, sql)
    typer.echo(output.FORMATS[form](names, rows) if names else "done")


@app.command()
@one_line
def reset() -> None:
    """Remove all data, the company's events and the bookmarks of environment demo.

    The next run loads everything. Servers that were running are started again.
    """
    ran = Sandbox(Settings.current()).reset()
    try:
        states = bookmarks.forget(project_root())
    except bookmarks.BookmarksError as error:
        message = f"all data was removed, but {error}"
        raise SandboxError(message) from error
    typer.echo(
        "all data was removed" + (", and so were Meltano's bookmarks" if states else "")
    )
    if ran:
        typer.echo("started again")


@app.command()
@one_line
def summary(
    *,
    started: Annotated[
        int, typer.Option(help="Start of the run, in seconds since the epoch.")
    ],
    totals: Annotated[
        bool, typer.Option("--totals", help="One line per dataset, not per table.")
    ] = False,
) -> None:
    """Print what a run loaded and built, and reset the count of API requests."""
    from sandbox import warehouse  # noqa: PLC0415 - seconds that only this needs

    settings = Settings.current()
    control = Control(settings.api_url, settings.token)
    requests = {name: one["requests"] for name, one in control.stats().items()}
    with warehouse.client(
        settings.bigquery_url, settings.project, settings.token
    ) as client:
        counts = row_counts(client)
    outcomes = dbt_outcomes(
        project_root() / "transform" / "target" / "run_results.json"
    )
    if totals:
        counts = {
            dataset: {f"{len(tables)} tables": sum(tables.values())}
            for dataset, tables in counts.items()
        }
    print_summary(Console(), counts, outcomes, requests, time.time() - started)
    control.forget_stats()


register(app, one_line)

if __name__ == "__main__":
    app()

"""Loads the parts in `staging_bucket` again, without the source.

    python -m target_bigquery.archive.reload --config FILE [--since DATE] [TABLE…]

Parts are loaded in the order of their runs, so the tables are in the end as after the
last run. Rows replace those with the same key; the table of a stream without a key must
be empty or must not exist.
"""

from __future__ import annotations

import logging
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from singer_sdk.helpers._util import read_json_file

from target_bigquery.access import check_access
from target_bigquery.archive.bucket import ArchivedFile, Bucket
from target_bigquery.errors import SettingsError, TargetError
from target_bigquery.records.metadata import METADATA
from target_bigquery.settings import OVERWRITE, Settings
from target_bigquery.warehouse.client import Warehouse
from target_bigquery.warehouse.credentials import bigquery_client
from target_bigquery.warehouse.run import Run
from target_bigquery.warehouse.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from target_bigquery.records.footer import FileMetadata

logger = logging.getLogger("target-bigquery")


def reload(settings: Settings, *, since: str = "", tables: Iterable[str] = ()) -> int:
    """Load the parts in the bucket; return how many.

    Args:
        settings: The target's settings, with `staging_bucket`.
        since: The first date of parts to load, as 2026-01-31; by default all.
        tables: The tables to load; by default all.

    Raises:
        TargetError: If there is nothing to load or BigQuery refuses.
    """
    if not settings.staging_bucket:
        message = "Setting 'staging_bucket' is empty: name the bucket to load from."
        raise SettingsError(message)
    run = Run()
    try:
        warehouse = Warehouse(
            bigquery_client(settings), settings, run.id, threading.Event()
        )
        bucket = Bucket.of(settings, warehouse)
        wanted = set(tables)
        parts = [
            (part, bucket.label_of(part))
            for part in bucket.parts()
            if part.date >= since and (not wanted or part.table in wanted)
        ]
        if not parts:
            message = (
                f"Bucket '{settings.staging_bucket}' keeps no part of these tables "
                f"under '{settings.dataset}/'."
            )
            raise TargetError(message)
        check_access(warehouse, settings, bucket)
        parts = _without_replaced(parts)
        seen: set[str] = set()
        for number, (part, label) in enumerate(parts, 1):
            table = Table(
                warehouse=warehouse,
                settings=settings,
                run=run,
                stream=label.stream,
                name=part.table,
                columns=label.fields[: -len(METADATA)],
                key_properties=label.key_properties,
            )
            _load(table, part, label, number, first=part.table not in seen)
            seen.add(part.table)
            logger.info("Loaded %s (%d of %d).", part.uri, number, len(parts))
    finally:
        run.close()
    return len(parts)


def _without_replaced(
    parts: list[tuple[ArchivedFile, FileMetadata]],
) -> list[tuple[ArchivedFile, FileMetadata]]:
    """Leave out what a later run's `overwrite` replaced."""
    last = {
        part.table: part.run for part, label in parts if label.load_method == OVERWRITE
    }
    return [item for item in parts if item[0].run >= last.get(item[0].table, "")]


def _load(
    table: Table, part: ArchivedFile, label: FileMetadata, number: int, *, first: bool
) -> None:
    table.prepare()
    if first and not table.key_properties and table.has_rows():
        message = (
            f"Table '{table.name}' has rows and its stream '{table.stream}' no key, so "
            "they would be there twice: drop the table first."
        )
        raise TargetError(message)
    try:
        table.stage_from(part.uri, label.fields, number)
        table.write_staged()
        if label.version is not None:
            table.activate(label.version)
        table.note_rows()
    finally:
        table.drop_staging()


@click.command(help=__doc__)
@click.option("--config", "path", required=True, type=click.Path(path_type=Path))
@click.option("--since", default="", help="First date of parts: 2026-01-31.")
@click.argument("tables", nargs=-1)
def main(path: Path, since: str, tables: tuple[str, ...]) -> None:
    """Run the command.

    Args:
        path: The target's configuration.
        since: The first date of parts to load.
        tables: The tables to load.
    """
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    try:
        config: dict[str, Any] = read_json_file(path)
        reload(Settings.from_config(config), since=since, tables=tables)
    except (TargetError, FileNotFoundError, ValueError) as error:
        logger.critical("%s", error)
        sys.exit(1)


if __name__ == "__main__":
    main()

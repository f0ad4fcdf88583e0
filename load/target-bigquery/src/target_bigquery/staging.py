"""Staging tables: named after their run, short-lived, and cleared away."""

from __future__ import annotations

import contextlib
import datetime as dt
import re
from typing import TYPE_CHECKING

from google.cloud import bigquery

from target_bigquery.errors import WarehouseError
from target_bigquery.run import ID_PATTERN, is_dead
from target_bigquery.settings import SECONDS_PER_MINUTE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from target_bigquery.run import Run
    from target_bigquery.settings import Settings
    from target_bigquery.warehouse import Warehouse

LIFETIME = dt.timedelta(days=1)
MACHINE = "throughline_machine"
_NAME = re.compile(rf"_staging__.+__(?P<run>{ID_PATTERN})__\d+")


def staging_table(
    settings: Settings,
    run: Run,
    table: str,
    number: int,
    schema: Sequence[bigquery.SchemaField],
) -> bigquery.Table:
    """Return the staging table for a part of a table, not yet created.

    Args:
        settings: The target's settings.
        run: The run that owns it.
        table: The name of the table that the rows are for.
        number: The commit's number, unique in the run.
        schema: The columns.
    """
    name = f"_staging__{table}__{run.id}__{number}"
    staging = bigquery.Table(
        f"{settings.project}.{settings.staging_dataset}.{name}", list(schema)
    )
    staging.expires = dt.datetime.now(dt.UTC) + LIFETIME
    staging.labels = {MACHINE: run.machine}
    return staging


def clear_leftovers(warehouse: Warehouse, settings: Settings, run: Run) -> list[str]:
    """Remove the staging tables of dead runs and return their names.

    A run of this machine is dead once its lock is free. Of another machine's run it
    is known only that a living one writes to its staging tables all the time, so a
    table that has not changed for a long while is taken for dead.

    Args:
        warehouse: BigQuery.
        settings: The target's settings.
        run: This run, which is alive.
    """
    removed = []
    for item in warehouse.list_tables(settings.staging_dataset):
        match = _NAME.fullmatch(item.table_id)
        if match is None or match["run"] == run.id:
            continue
        name = f"{item.project}.{item.dataset_id}.{item.table_id}"
        with contextlib.suppress(WarehouseError):
            if _is_leftover(warehouse, settings, run, match["run"], name):
                warehouse.drop_table(name)
                removed.append(item.table_id)
    return removed


def _is_leftover(
    warehouse: Warehouse, settings: Settings, run: Run, owner: str, name: str
) -> bool:
    table = warehouse.get_table(name)
    if table is None:
        return False
    if table.labels.get(MACHINE) == run.machine:
        return is_dead(owner)
    quiet = dt.timedelta(
        seconds=2 * (settings.timeout + SECONDS_PER_MINUTE * settings.max_batch_age)
    )
    changed = table.modified or table.created
    return changed is not None and dt.datetime.now(dt.UTC) - changed > max(
        quiet, dt.timedelta(hours=1)
    )

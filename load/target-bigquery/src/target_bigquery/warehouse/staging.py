"""Staging tables: named after their run, and removed if their run is dead."""

from __future__ import annotations

import contextlib
import datetime as dt
import re
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from google.cloud import bigquery

from target_bigquery.errors import WarehouseError
from target_bigquery.warehouse.run import ID_PATTERN, is_dead

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from target_bigquery.settings import Settings
    from target_bigquery.warehouse.client import Warehouse
    from target_bigquery.warehouse.run import Run

LIFETIME = dt.timedelta(days=1)
"""Time from a table's last renewal to its expiration."""
RENEWAL_SECONDS = 30 * 60
"""Seconds between two renewals of a run's staging tables."""
SILENCE = dt.timedelta(hours=3)
"""Time after which a run of another machine counts as dead."""
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


def clear_leftovers(
    warehouse: Warehouse,
    settings: Settings,
    run: Run,
    now: dt.datetime | None = None,
) -> list[str]:
    """Remove the staging tables of dead runs and return their names.

    A run of this machine is dead once its lock is free. A run of another machine is
    alive if it renews the expiration of its staging tables.

    Args:
        warehouse: BigQuery.
        settings: The target's settings.
        run: This run, which is alive.
        now: The time.
    """
    now = now or dt.datetime.now(dt.UTC)
    removed = []
    for item in warehouse.list_tables(settings.staging_dataset):
        match = _NAME.fullmatch(item.table_id)
        if match is None or match["run"] == run.id:
            continue
        name = f"{item.project}.{item.dataset_id}.{item.table_id}"
        with contextlib.suppress(WarehouseError):
            if _is_leftover(warehouse, run, match["run"], name, now):
                warehouse.drop_table(name)
                removed.append(item.table_id)
    return removed


def _is_leftover(
    warehouse: Warehouse, run: Run, owner: str, name: str, now: dt.datetime
) -> bool:
    table = warehouse.get_table(name)
    if table is None:
        return False
    if table.labels.get(MACHINE) == run.machine:
        return is_dead(owner)
    # The local BigQuery does not keep the expiration.
    alive = table.expires - LIFETIME if table.expires else table.modified
    return alive is not None and now - alive > SILENCE


@dataclass
class Renewal:
    """Renews a run's staging tables as long as the run takes.

    Under `overwrite` they wait until the tap has ended, which may take longer than
    their lifetime.
    """

    warehouse: Warehouse
    names: Callable[[], list[str]]
    """Returns the full names of the staging tables that exist."""
    seconds: float = RENEWAL_SECONDS

    def __post_init__(self) -> None:
        """Start the thread."""
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="renewal", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._ended.wait(self.seconds):
            for name in self.names():
                if self._ended.is_set():
                    return
                # The next renewal comes long before the table expires.
                with contextlib.suppress(WarehouseError):
                    self.warehouse.keep_table(name, dt.datetime.now(dt.UTC) + LIFETIME)

    def close(self) -> None:
        """End the thread."""
        self._ended.set()

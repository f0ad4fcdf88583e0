"""BigQuery's datasets and tables."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from google.api_core import exceptions
from google.cloud import bigquery

from target_bigquery.warehouse.calls import Caller
from target_bigquery.warehouse.jobs import Jobs
from target_bigquery.warehouse.retrying import ONCE

if TYPE_CHECKING:
    import datetime as dt
    import threading

    from target_bigquery.settings import Settings

LABELS_TABLES = "throughline_labels_tables"
"""The label of a dataset in which the target has labeled each table from the start."""


@dataclass
class Warehouse:
    """The calls to BigQuery that this target makes."""

    client: bigquery.Client
    settings: Settings
    run: str
    stop: threading.Event
    """Once set, there are no more retries."""

    def __post_init__(self) -> None:
        """Create the objects that make the calls and run the jobs."""
        settings = self.settings
        self.caller = Caller(settings.timeout, settings.api_endpoint, self.stop)
        self.jobs = Jobs(self.client, settings, self.run, self.caller)

    def ensure_dataset(self, name: str) -> str:
        """Create a dataset if it does not exist; return its location.

        Args:
            name: The dataset's name.
        """
        reference = bigquery.DatasetReference(self.client.project, name)

        def get() -> bigquery.Dataset | None:
            try:
                return self.client.get_dataset(
                    reference, retry=ONCE, timeout=self.caller.seconds()
                )
            except exceptions.NotFound:
                return None

        found = self.caller.call(f"look up dataset '{name}'", get)
        if found is None:
            dataset = bigquery.Dataset(reference)
            dataset.location = self.settings.location
            dataset.labels = {LABELS_TABLES: "yes"}
            found = self.caller.call(
                f"create dataset '{name}'",
                lambda: self.client.create_dataset(
                    dataset, exists_ok=True, retry=ONCE, timeout=self.caller.seconds()
                ),
            )
        return str(found.location)

    def labels_tables(self, name: str) -> bool:
        """Return whether each table that the target created in a dataset has a label.

        Args:
            name: The dataset's name.
        """
        reference = bigquery.DatasetReference(self.client.project, name)
        dataset = self.caller.call(
            f"look up dataset '{name}'",
            lambda: self.client.get_dataset(
                reference, retry=ONCE, timeout=self.caller.seconds()
            ),
        )
        return LABELS_TABLES in dataset.labels

    def count_rows(self, table: bigquery.Table) -> int:
        """Return the number of a table's rows. The call is free and runs no job.

        The local BigQuery does not update `numRows` of the table itself. Source:
        https://cloud.google.com/bigquery/docs/reference/rest/v2/tabledata/list

        Args:
            table: The table as it was read.
        """

        def count() -> int:
            rows = self.client.list_rows(
                table,
                selected_fields=table.schema[:1],
                max_results=1,
                retry=ONCE,
                timeout=self.caller.seconds(),
            )
            next(iter(rows), None)
            return int(rows.total_rows or 0)

        return self.caller.call(f"count the rows of table '{table.table_id}'", count)

    def label_table(self, table: bigquery.Table, labels: dict[str, str]) -> None:
        """Give a table more labels.

        Args:
            table: The table as it was read.
            labels: The labels to add or change.

        Raises:
            WarehouseError: From PreconditionFailed if it changed in between.
        """
        table.labels = {**table.labels, **labels}
        self.caller.call(
            f"label table '{table.table_id}'",
            lambda: self.client.update_table(
                table, ["labels"], retry=ONCE, timeout=self.caller.seconds()
            ),
        )

    def get_table(self, name: str) -> bigquery.Table | None:
        """Return a table; None if it does not exist.

        Args:
            name: The table's full name.
        """

        def get() -> bigquery.Table | None:
            try:
                return self.client.get_table(
                    name, retry=ONCE, timeout=self.caller.seconds()
                )
            except exceptions.NotFound:
                return None

        return self.caller.call(f"look up table '{name}'", get)

    def create_table(self, table: bigquery.Table) -> bigquery.Table:
        """Create a table; leave one that exists unchanged.

        Args:
            table: Its name and schema.
        """
        return self.caller.call(
            f"create table '{table.table_id}'",
            lambda: self.client.create_table(
                table, exists_ok=True, retry=ONCE, timeout=self.caller.seconds()
            ),
        )

    def update_schema(self, table: bigquery.Table) -> None:
        """Give a table the schema that the object holds.

        Args:
            table: The table as it was read, with the new schema.

        Raises:
            WarehouseError: From PreconditionFailed if it changed in between.
        """
        self.caller.call(
            f"change the columns of table '{table.table_id}'",
            lambda: self.client.update_table(
                table, ["schema"], retry=ONCE, timeout=self.caller.seconds()
            ),
        )

    def keep_table(self, name: str, expires: dt.datetime) -> None:
        """Set a table's expiration; ignore a table that does not exist.

        Args:
            name: The table's full name.
            expires: When it is to be removed.
        """
        table = bigquery.Table(name)
        table.expires = expires

        def keep() -> None:
            with contextlib.suppress(exceptions.NotFound):
                self.client.update_table(
                    table, ["expires"], retry=ONCE, timeout=self.caller.seconds()
                )

        self.caller.call(f"keep table '{table.table_id}'", keep)

    def drop_table(self, name: str) -> None:
        """Remove a table if it exists.

        Args:
            name: The table's full name.
        """
        self.caller.call(
            f"remove table '{name}'",
            lambda: self.client.delete_table(
                name, not_found_ok=True, retry=ONCE, timeout=self.caller.seconds()
            ),
        )

    def list_tables(self, dataset: str) -> list[Any]:
        """Return all tables of a dataset.

        Args:
            dataset: The dataset's name.
        """
        reference = bigquery.DatasetReference(self.client.project, dataset)
        return self.caller.call(
            f"list the tables of dataset '{dataset}'",
            lambda: list(
                self.client.list_tables(
                    reference, retry=ONCE, timeout=self.caller.seconds()
                )
            ),
        )

"""One stream's table: prepared, then loaded through staging tables."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any, Protocol

from google.api_core.exceptions import PreconditionFailed
from google.cloud import bigquery

from target_bigquery.errors import SchemaError, StateError, WarehouseError
from target_bigquery.records.fields import Field, Kind
from target_bigquery.records.footer import FileMetadata
from target_bigquery.records.metadata import METADATA
from target_bigquery.records.parquet import Part
from target_bigquery.settings import APPEND, OVERWRITE
from target_bigquery.warehouse import sql
from target_bigquery.warehouse.emulator import alter_statements, path_columns
from target_bigquery.warehouse.evolution import Plan, plan
from target_bigquery.warehouse.jobs import StreamStats
from target_bigquery.warehouse.row_count import LABEL, RowCount
from target_bigquery.warehouse.staging import staging_table
from target_bigquery.warehouse.versions import Versions

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from target_bigquery.settings import Settings
    from target_bigquery.warehouse.client import Warehouse
    from target_bigquery.warehouse.run import Run

CLUSTER_COLUMNS = 4
# https://cloud.google.com/bigquery/docs/clustered-tables#clustered_column_types
CLUSTERED = frozenset(Kind) - {Kind.FLOAT64, Kind.JSON, Kind.RECORD}
SCHEMA_TRIES = 5


class Archive(Protocol):
    """Where Parquet files are kept."""

    def keep(self, file: IO[bytes], table: str, run: str, number: int) -> str:
        """Keep a file and return its `gs://` address.

        Args:
            file: The file.
            table: The table that its rows are for.
            run: The run's ID.
            number: The commit's number, unique in the run.
        """
        ...


@dataclass
class Table:
    """A stream's table in BigQuery, and the steps that load its rows."""

    warehouse: Warehouse
    settings: Settings
    run: Run
    stream: str
    name: str
    columns: tuple[Field, ...]
    """The stream's own columns, from its schema."""
    key_properties: tuple[str, ...]
    bucket: Archive | None = None
    """Where parts are kept, None if they are not."""
    stats: StreamStats = field(default_factory=StreamStats)
    fields: tuple[Field, ...] = ()
    """All columns of a row, with the table's types and names; set by `prepare`."""
    existed: bool = True
    """Whether the table existed before this run; set by `prepare`."""
    empty: bool = False
    """Whether this run created the table and has not written to it."""
    versioned: bool = False
    """Whether the stream's records carry versions."""
    staged: list[sql.Staged] = field(default_factory=list)
    """Staging tables that are not merged yet."""
    _changed: bool = False
    """Whether this run has changed the table."""

    def __post_init__(self) -> None:
        """Prepare the checks of the number of rows and of the versions."""
        self._row_count = RowCount(
            self.warehouse, self.full_name, self.stream, self.stats
        )
        self._versions = Versions(
            self.warehouse.jobs, self.full_name, self.stream, self.stats
        )

    @property
    def full_name(self) -> str:
        """Project, dataset and table."""
        return f"{self.settings.project}.{self.settings.dataset}.{self.name}"

    @property
    def keys(self) -> tuple[Field, ...]:
        """The key columns."""
        by_source = {f.source: f for f in self.fields or self.columns}
        return tuple(by_source[name] for name in self.key_properties)

    def follow(self, before: Table) -> None:
        """Continue where the same table with an earlier schema ended.

        Args:
            before: The table of the stream's earlier schema.
        """
        self.stats, self.staged = before.stats, before.staged
        self.existed, self.versioned = before.existed, before.versioned
        self.empty, self._changed = before.empty, before._changed
        self._row_count = before._row_count
        self._versions = before._versions

    # Preparing the table

    def prepare(self, *, create: bool = True) -> tuple[Field, ...]:
        """Create the table or bring its columns up to date; return all columns.

        Args:
            create: Whether a table that does not exist is created.

        Raises:
            SchemaError: If a column cannot hold what the stream sends.
            StateError: If the table does not exist and is not to be created.
        """
        wanted = (*self.columns, *METADATA)
        for tries_left in reversed(range(SCHEMA_TRIES)):
            table = self.warehouse.get_table(self.full_name)
            if table is None:
                if not create:
                    raise StateError(self.stream, self.full_name)
                self.existed, self.empty = False, True
                table = self.warehouse.create_table(self._new(wanted))
            elif not create:
                self._check_rows(table)
            where = f"Stream '{self.stream}', table '{self.name}'"
            if table.table_type not in {None, "TABLE"}:
                message = (
                    f"{where}: it is a {table.table_type} in BigQuery, and rows "
                    "cannot be loaded into it: rename the stream with a stream map "
                    "(__alias__), or set 'table_prefix'."
                )
                raise SchemaError(message)
            change = plan(where, wanted, table.schema)
            self.fields = tuple(change.fields)
            self._check_keys()
            try:
                self._apply(table, change)
                break
            except WarehouseError as error:
                # Another run changed the columns in the meantime: read them again.
                changed = isinstance(error.__cause__, PreconditionFailed)
                if not changed or not tries_left:
                    raise
        return self.fields

    def _check_rows(self, table: bigquery.Table) -> None:
        """Stop the load if a bookmark exists but the table has lost rows."""
        problem = self._row_count.problem(table)
        if problem:
            raise StateError(self.stream, self.full_name, problem, LABEL)
        # A table without a label gets one, so that the next run need not query it.
        self._changed |= LABEL not in table.labels

    def _new(self, wanted: Sequence[Field]) -> bigquery.Table:
        table = bigquery.Table(self.full_name, [f.to_bigquery() for f in wanted])
        table.labels = {LABEL: "0"}
        if self.settings.cluster_on_key_properties:
            names = [k.column for k in self.keys if k.kind in CLUSTERED]
            table.clustering_fields = names[:CLUSTER_COLUMNS] or None
        return table

    def _apply(self, table: bigquery.Table, change: Plan) -> None:
        before = list(table.schema)
        for column, kind in change.widened.items():
            self._widen(column, kind)
            table = self.warehouse.get_table(self.full_name) or table
        if change.schema == before:
            return
        table.schema = change.schema
        self.warehouse.update_schema(table)
        if self.settings.api_endpoint:
            for statement in alter_statements(self.full_name, before, change.schema):
                self.warehouse.jobs.query(
                    statement,
                    f"change the columns of table '{self.name}'",
                    self.stream,
                    self.stats,
                )

    def _widen(self, column: str, kind: str) -> None:
        """Widen a column unless an existing value would be rounded."""
        if kind == Kind.FLOAT64:
            self._check_exact(column)
        self.warehouse.jobs.query(
            sql.widen(self.full_name, column, kind),
            f"widen column '{column}' of table '{self.name}' to {kind}",
            self.stream,
            self.stats,
        )

    def _check_exact(self, column: str) -> None:
        """Reject widening INT64 to FLOAT64 if that would round a value."""
        job = self.warehouse.jobs.query(
            sql.count_inexact(self.full_name, column),
            f"read column '{column}' of table '{self.name}'",
            self.stream,
            self.stats,
        )
        inexact = next(iter(self.warehouse.jobs.rows(job)))["inexact"]
        if inexact:
            message = (
                f"Stream '{self.stream}', table '{self.name}': column '{column}' "
                f"would become FLOAT64, which would round {inexact} of its values. "
                "Rename the property with a stream map."
            )
            raise SchemaError(message)

    def _check_keys(self) -> None:
        """Reject keys that BigQuery cannot compare."""
        for key in self.keys:
            if key.repeated or key.kind in {Kind.JSON, Kind.RECORD}:
                message = (
                    f"Stream '{self.stream}': key '{key.source}' is {key.type_name}, "
                    "which BigQuery cannot compare: make another property the key "
                    "with a stream map (__key_properties__)."
                )
                raise SchemaError(message)

    # Loading

    def stage(self, part: Part | None, number: int, version: int | None) -> None:
        """Load a commit's part into a new staging table.

        Args:
            part: The records, None if there are none.
            number: The commit's number, unique in the run.
            version: The version that is activated with the part.
        """
        if part is None and (self.bucket is None or version is None):
            return
        part = part or Part(self.fields)
        label = FileMetadata(
            self.stream,
            self.key_properties,
            self.fields,
            self.settings.load_method,
            version,
        )
        file = part.finish(label.to_footer() if self.bucket else None)
        self.stats.bytes += part.size
        source: IO[bytes] | str = file
        if self.bucket is not None:
            with self._timed():
                source = self.bucket.keep(file, self.name, self.run.id, number)
        if part.rows:
            self.stage_from(source, self.fields, number, part.bounds)

    def stage_from(
        self,
        source: IO[bytes] | str,
        fields: tuple[Field, ...],
        number: int,
        bounds: Mapping[str, tuple[Any, Any]] | None = None,
    ) -> None:
        """Load a Parquet file into a new staging table.

        Args:
            source: The file, or its `gs://` address.
            fields: Its columns.
            number: The commit's number, unique in the run.
            bounds: Lowest and highest value by column, where they are known.
        """
        with self._timed():
            schema = [f.to_bigquery(staging=True) for f in fields]
            if self.settings.api_endpoint and isinstance(source, str):
                schema += path_columns(fields)
            table = staging_table(self.settings, self.run, self.name, number, schema)
            name = f"{table.project}.{table.dataset_id}.{table.table_id}"
            self.staged.append(sql.Staged(name, fields, bounds or {}))
            self.warehouse.create_table(table)
            self.warehouse.jobs.load(source, name, schema, self.stream, self.stats)

    def write_staged(self) -> None:
        """Write the staged rows into the table and drop the staging tables."""
        if not self.staged and self.settings.load_method != OVERWRITE:
            return
        with self._timed():
            self._changed = True
            self._look_for_versions()
            if self.settings.hard_delete or self.settings.load_method == OVERWRITE:
                self._row_count.forget()
            for statement in self._statements():
                what = f"write stream '{self.stream}' into table '{self.name}'"
                job = self.warehouse.jobs.query(
                    statement, what, self.stream, self.stats
                )
                changed = job.num_dml_affected_rows or 0
                self.stats.rows_changed += changed
                if changed:
                    break
            self.empty = False
            self.drop_staging()

    def _statements(self) -> Iterator[str]:
        """Yield the statement that writes the rows, then one for an empty result.

        A table that this run created may have rows of another run by now.
        """
        if not self.staged:
            yield sql.empty(self.full_name)
            return
        method = self.settings.load_method
        keys = () if method == APPEND else self.keys
        write = sql.Write(self.full_name, self._schema(), self.staged, keys)
        if method == OVERWRITE:
            yield write.overwrite()
        elif not keys:
            yield write.append()
        else:
            hard_delete = self.settings.hard_delete
            if self.empty:
                yield write.first_load(hard_delete=hard_delete)
            yield write.upsert(hard_delete=hard_delete)

    def _schema(self) -> list[bigquery.SchemaField]:
        """Return the table's columns as they are now.

        Another run may have added a field to a RECORD since `prepare`, and BigQuery
        accepts only a RECORD with all fields of the table's.
        """
        table = self.warehouse.get_table(self.full_name)
        if table is None:
            message = (
                f"Table '{self.name}' of stream '{self.stream}' was removed during the "
                "run: run again to create it."
            )
            raise WarehouseError(message)
        return list(table.schema)

    def activate(self, version: int) -> None:
        """Soft-delete the rows of earlier versions.

        Args:
            version: The version whose rows stay.
        """
        if self.settings.load_method == OVERWRITE:
            return
        with self._timed():
            self.versioned = self._changed = True
            if self.settings.hard_delete:
                self._row_count.forget()
            self._look_for_versions()
            self._versions.check(version)
            job = self.warehouse.jobs.query(
                sql.activate(
                    self.full_name, version, hard_delete=self.settings.hard_delete
                ),
                f"soft-delete earlier versions of stream '{self.stream}'",
                self.stream,
                self.stats,
            )
            self.stats.rows_changed += job.num_dml_affected_rows or 0

    def _look_for_versions(self) -> None:
        """Read the highest version before the run, if rows can have one."""
        if self.versioned and self.existed:
            self._versions.read()

    def note_rows(self) -> None:
        """Note the number of rows if this run has changed the table; never raises."""
        if self._changed:
            self._row_count.note()

    def has_rows(self) -> bool:
        """Return whether the table holds any row."""
        job = self.warehouse.jobs.query(
            sql.first_row(self.full_name),
            f"look into table '{self.name}'",
            self.stream,
            self.stats,
        )
        return bool(self.warehouse.jobs.rows(job))

    def drop_staging(self) -> None:
        """Remove the staging tables; what cannot be removed expires after a day."""
        for staging in self.staged:
            if self.warehouse.caller.gave_up:
                break
            with contextlib.suppress(WarehouseError):
                self.warehouse.drop_table(staging.name)
        self.staged.clear()

    @contextlib.contextmanager
    def _timed(self) -> Iterator[None]:
        started = time.monotonic()
        try:
            yield
        finally:
            self.stats.seconds += time.monotonic() - started

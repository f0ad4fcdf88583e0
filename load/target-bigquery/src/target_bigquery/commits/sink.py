"""Collects one stream's records and writes them to Parquet parts.

It is a Sink of the SDK only in name: commits contain all streams, so the target calls
`add`, `flush` and `drain` instead of the SDK's `process_record` and `process_batch`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from singer_sdk.exceptions import MissingKeyPropertiesError
from singer_sdk.sinks import Sink

from target_bigquery.commits.committer import StreamBatch
from target_bigquery.errors import InvalidValueError, RecordError, SchemaError, shorten
from target_bigquery.records.convert import property_values, to_arrays
from target_bigquery.records.fields import Field, Kind
from target_bigquery.records.metadata import METADATA, METADATA_NAMES
from target_bigquery.records.names import safe_name
from target_bigquery.records.parquet import Part
from target_bigquery.records.schemas import fields_of
from target_bigquery.records.values import TIMESTAMP_TYPE
from target_bigquery.settings import OVERWRITE, UPSERT
from target_bigquery.warehouse.emulator import storable
from target_bigquery.warehouse.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future

    from singer_sdk import Target

    from target_bigquery.archive.bucket import Bucket
    from target_bigquery.commits.committer import Committer
    from target_bigquery.settings import Settings
    from target_bigquery.warehouse.client import Warehouse
    from target_bigquery.warehouse.run import Run

CHUNK_ROWS = 10_000
"""Records that become one row group."""
TYPES_OF_KEYS = {str, int, bool}
"""Types of JSON values that are neither null nor NaN."""
MAX_UNKNOWN = 100
"""Properties without a column that the log names, for each stream."""

# The metadata that the tap writes itself, and the property that contains it.
EXTRACTED_AT = Field("time_extracted", "_sdc_extracted_at", Kind.TIMESTAMP)
DELETED_AT = Field("_sdc_deleted_at", "_sdc_deleted_at", Kind.TIMESTAMP)
VERSION = Field("version", "_sdc_table_version", Kind.INT64)


@dataclass(frozen=True)
class SinkContext:
    """The objects that the sinks of a run share."""

    settings: Settings
    warehouse: Warehouse
    run: Run
    bucket: Bucket | None
    """Where parts are kept, None if they are not."""
    committer: Committer
    """Runs functions in other threads."""
    next_sequence: Callable[[int], int]
    """Takes a number of records; returns the sequence number of the first."""
    batch_started_us: Callable[[], int]
    """Returns when the batch began, in microseconds since 1970."""
    claim_table: Callable[[str, str], None]
    """Raises SchemaError if another stream has the table."""
    leftovers_cleared: Callable[[], Future[None]]
    """Returns a future that is done once leftovers of dead runs are removed.
    """


class BigQuerySink(Sink):
    """Collects a stream's records and converts them in chunks."""

    def __init__(
        self,
        target: Target,
        stream_name: str,
        schema: dict[str, Any],
        key_properties: Sequence[str] | None,
    ) -> None:
        """Derive the columns.

        Args:
            target: The target.
            stream_name: The stream.
            schema: Its JSON schema.
            key_properties: Its key.

        Raises:
            SchemaError: If the schema cannot be a table.
        """
        super().__init__(target, stream_name, schema, key_properties)
        # The SDK passes the target; the sink only needs the target's `sink_context`.
        context: SinkContext = target.sink_context  # type: ignore[attr-defined]
        self.context, self.settings = context, context.settings
        self.rows: list[dict[str, Any]] = []
        self._messages: list[dict[str, Any]] = []
        self._received: list[int] = []
        self.part: Part | None = None
        self.activated: int | None = None
        """The version to activate at the next commit."""
        self.finished = False
        """Whether an ACTIVATE_VERSION follows the last record."""
        self._check_keys(schema)
        columns = fields_of(stream_name, schema, METADATA_NAMES)
        if self.settings.api_endpoint:
            columns = storable(columns)
        self.table = Table(
            warehouse=context.warehouse,
            settings=context.settings,
            run=context.run,
            stream=stream_name,
            name=safe_name(f"{self.settings.table_prefix}{stream_name}"),
            columns=columns,
            key_properties=tuple(self.key_properties),
            bucket=context.bucket,
        )
        self._sources = frozenset(
            {*schema["properties"], *METADATA_NAMES, *self.key_properties}
        )
        self.before: BigQuerySink | None = None
        """The sink of the same stream with an earlier schema; all its records are
        committed."""
        self.begun = False
        self._prepared: Future[tuple[Field, ...]]

    def begin(self, *, bookmarked: bool = False) -> None:
        """Start to prepare the table while records arrive.

        Args:
            bookmarked: Whether the tap continues from a bookmark, so that the table
                must exist: a new one would lack everything before the bookmark.

        Raises:
            StateError: If it does not exist although the tap continues.
        """
        before, self.before, self.begun = self.before, None, True
        self.context.claim_table(self.table.name, self.stream_name)
        if before is not None:
            self.table.follow(before.table)
        elif not self.key_properties and self.settings.load_method == UPSERT:
            self.logger.info(
                "Stream '%s' has no key, so its records are appended.",
                self.stream_name,
            )
        leftovers = self.context.leftovers_cleared()
        create = before is not None or not bookmarked

        def prepare() -> tuple[Field, ...]:
            leftovers.result()
            return self.table.prepare(create=create)

        self._prepared = self.context.committer.submit(prepare)
        if not create:
            # Nothing may be loaded before it is known that the table exists.
            self.context.committer.result(self._prepared)

    @property
    def spooled(self) -> int:
        """Bytes on disk that wait for the next commit."""
        return self.part.size if self.part else 0

    def _check_keys(self, schema: dict[str, Any]) -> None:
        for key in self.key_properties:
            if key not in schema["properties"]:
                message = (
                    f"Stream '{self.stream_name}': key '{key}' is not in the stream's "
                    "schema: select the property in the tap."
                )
                raise SchemaError(message)
            if key in METADATA_NAMES:
                message = (
                    f"Stream '{self.stream_name}': key '{key}' is a column that the "
                    "target fills: make another property the key with a stream map "
                    "(__key_properties__)."
                )
                raise SchemaError(message)

    def get_validator(self) -> None:
        """Do nothing: the conversion to columns checks the values, in one pass."""

    def _add_sdc_metadata_to_schema(self) -> None:
        """Leave the schema as it is; `metadata.py` declares the columns."""

    def _remove_sdc_metadata_from_schema(self) -> None:
        """Leave the schema as it is."""

    def add(
        self, record: dict[str, Any], message: dict[str, Any], received: int
    ) -> bool:
        """Take a record; return whether it is time to flush.

        Args:
            record: The record, after stream maps.
            message: The RECORD message around it.
            received: When it came, in microseconds since 1970.
        """
        self.rows.append(record)
        self._messages.append(message)
        self._received.append(received)
        self.finished = False
        return len(self.rows) >= CHUNK_ROWS

    def _check_keys_of_rows(self) -> None:
        keys = self.table.key_properties
        for key, values in zip(keys, property_values(keys, self.rows)[0], strict=True):
            if set(map(type, values)) <= TYPES_OF_KEYS:
                continue
            # NaN differs from itself, so each run would add its row once more.
            for row, value in zip(self.rows, values, strict=True):
                if value is None or value != value:  # noqa: PLR0124
                    self._refuse_key(row, key)

    def _refuse_key(self, record: dict[str, Any], key: str) -> None:
        problem = "is missing"
        if key in record:
            problem = "is null" if record[key] is None else "is not a number"
        message = (
            f"Stream '{self.stream_name}': key '{key}' {problem} in record "
            f"{shorten(record)}: make another property the key with a stream map."
        )
        if key in record:
            raise RecordError(message)
        raise MissingKeyPropertiesError(message)

    def flush(self) -> None:
        """Write the collected records into the part.

        Raises:
            MissingKeyPropertiesError: If a record lacks a key.
            RecordError: If a record does not fit its schema.
        """
        if not self.rows:
            return
        fields = self.context.committer.result(self._prepared)
        self._check_keys_of_rows()
        own = fields[: -len(METADATA)]
        unknown: set[str] = set()
        try:
            arrays = self._arrays(own, self.rows, unknown)
            arrays += self._metadata()
        except InvalidValueError as invalid:
            raise self._refusal(own, invalid) from None
        self._warn_of(unknown - self._sources)
        if self.part is None:
            keys = frozenset(key.column for key in self.table.keys)
            self.part = Part(fields, keys=keys)
        self.part.append(arrays)
        self.table.stats.rows_read += len(self.rows)
        self.table.versioned |= self._messages[-1].get("version") is not None
        self.rows.clear()
        self._messages.clear()
        self._received.clear()

    def _arrays(
        self,
        fields: Sequence[Field],
        rows: Sequence[dict[str, Any]],
        unknown: set[str] | None = None,
    ) -> list[pa.Array]:
        check_nulls = self.settings.validate_records
        return to_arrays(fields, rows, check_nulls=check_nulls, unknown=unknown)

    def _metadata(self) -> list[pa.Array]:
        """Return the columns of METADATA, in its order."""
        count = len(self.rows)
        first = self.context.next_sequence(count)
        batched = pa.scalar(self.context.batch_started_us(), pa.int64())
        return [
            *to_arrays([EXTRACTED_AT], self._messages),
            pa.array(self._received, pa.int64()).cast(TIMESTAMP_TYPE),
            pa.repeat(batched, count).cast(TIMESTAMP_TYPE),
            *to_arrays([DELETED_AT], self.rows),
            pa.array(range(first, first + count), pa.int64()),
            *to_arrays([VERSION], self._messages),
        ]

    def _refusal(
        self, fields: Sequence[Field], first: InvalidValueError
    ) -> RecordError:
        """Return the error that names the record with the invalid value."""
        found, row = first, None
        for candidate, message in zip(self.rows, self._messages, strict=True):
            try:
                self._arrays(fields, [candidate])
                to_arrays([EXTRACTED_AT, VERSION], [message])
                to_arrays([DELETED_AT], [candidate])
            except InvalidValueError as invalid:
                found, row = invalid, candidate
                break
        key = {name: (row or {}).get(name) for name in self.table.key_properties}
        which = f"record {shorten(key)}" if key else f"record {shorten(row)}"
        text = (
            f"Stream '{self.stream_name}', {which}: column '{found.path}' cannot hold "
            f"{shorten(found.value)}: {found.reason}. Nothing after the last STATE is "
            "loaded."
        )
        return RecordError(text)

    def _warn_of(self, unknown: set[str]) -> None:
        """Name properties without a column in the log, each once."""
        warned = self._warned_missing_fields
        for name in sorted(unknown - warned)[: MAX_UNKNOWN - len(warned)]:
            warned.add(name)
            self.logger.warning(
                "Stream '%s' sends property %s, which is not in its schema and so "
                "gets no column.",
                self.stream_name,
                shorten(name),
            )

    def drain(self, *, last: bool, complete: bool) -> StreamBatch | None:
        """Return what the stream has for a commit after `flush`, None if nothing.

        Args:
            last: Whether the tap has ended.
            complete: Whether a STATE follows everything that the tap has written.

        Raises:
            RecordError: If a record does not fit its schema.
            SchemaError: If the table cannot hold the stream.
        """
        self.context.committer.result(self._prepared)
        part, self.part = self.part, None
        version, self.activated = self.activated, None
        if self.settings.load_method != OVERWRITE:
            if part is None and version is None:
                return None
            return StreamBatch(self.table, part, version)
        replace = last and (complete or self.finished)
        if last and not replace:
            if part is not None:
                part.close()
            return None
        if part is None and version is None and not replace:
            return None
        return StreamBatch(self.table, part, version, write=replace)

    def abort(self) -> None:
        """Discard what is not committed."""
        if self.part is not None:
            self.part.close()
            self.part = None
        self.table.drop_staging()

    def process_record(self, record: dict[str, Any], context: dict[str, Any]) -> None:
        """Not used: the target calls `add`.

        Args:
            record: A record.
            context: The SDK's context.
        """
        raise NotImplementedError

    def process_batch(self, context: dict[str, Any]) -> None:
        """Not used: commits span all streams.

        Args:
            context: The SDK's context.
        """
        raise NotImplementedError

    def activate_version(self, new_version: int) -> None:
        """Soft-delete earlier versions once everything before this is committed.

        Args:
            new_version: The version whose rows stay.
        """
        self.activated = new_version
        self.finished = True

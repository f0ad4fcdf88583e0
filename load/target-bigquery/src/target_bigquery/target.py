"""The Singer target: what each message does, how a load ends, and the command."""

from __future__ import annotations

import json
import threading
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, cast

from singer_sdk.exceptions import RecordsWithoutSchemaException
from singer_sdk.helpers.capabilities import PluginCapabilities, TargetCapabilities
from singer_sdk.mapper import RemoveRecordTransform, SameRecordTransform

from target_bigquery.access import check_access, facts
from target_bigquery.archive.bucket import Bucket
from target_bigquery.command import Command
from target_bigquery.commits.batcher import Batcher, now_us
from target_bigquery.commits.committer import Committer
from target_bigquery.commits.sink import BigQuerySink, SinkContext
from target_bigquery.errors import (
    IncompleteError,
    Stopped,
    WarehouseError,
)
from target_bigquery.messages.decoding import (
    MessageError,
    check_keys,
    stream_of,
    version_of,
)
from target_bigquery.messages.reader import Reader
from target_bigquery.messages.state import has_bookmark
from target_bigquery.records.schemas import with_properties
from target_bigquery.self_pipe import SelfPipe
from target_bigquery.settings import CONFIG_JSONSCHEMA, Settings
from target_bigquery.streams import Names, transformed
from target_bigquery.warehouse.client import Warehouse
from target_bigquery.warehouse.credentials import bigquery_client
from target_bigquery.warehouse.run import Run
from target_bigquery.warehouse.staging import Renewal, clear_leftovers

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from concurrent.futures import Future
    from types import FrameType

    from singer_sdk.helpers.capabilities import CapabilitiesEnum
    from singer_sdk.sinks import Sink

GRACE_SECONDS = 5.0
"""Seconds that a running commit may still take after a signal.

Cloud Run and Kubernetes kill a process 10 and 30 s after SIGTERM.
"""
GC_THRESHOLD = (50_000, 50, 100)


class TargetBigQuery(Command):
    """Singer target for BigQuery that loses nothing."""

    name = "target-bigquery"
    package_name = "throughline-target-bigquery"
    config_jsonschema: ClassVar[dict[str, Any]] = CONFIG_JSONSCHEMA
    capabilities: ClassVar[list[CapabilitiesEnum]] = [
        PluginCapabilities.ABOUT,
        PluginCapabilities.STREAM_MAPS,
        PluginCapabilities.FLATTENING,
        PluginCapabilities.STRUCTURED_LOGGING,
        PluginCapabilities.ACTIVATE_VERSION,
        TargetCapabilities.SOFT_DELETE,
        TargetCapabilities.HARD_DELETE,
    ]
    default_sink_class = BigQuerySink
    message_reader_class = Reader
    message_reader: Reader

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - the SDK's own arguments
        """Read the configuration; nothing is sent to BigQuery yet.

        Args:
            options: What the SDK's Target takes.

        Raises:
            SettingsError: With one line for each setting that is missing or wrong.
        """
        self._signal: int | None = None
        self._stop = threading.Event()
        self.wakeup = SelfPipe()
        key = (options.get("config") or {}).get("credentials_json")
        if isinstance(key, dict):
            # The SDK would reject an object and show it in the error.
            key = json.dumps(key)
            options["config"] = {**options["config"], "credentials_json": key}
        super().__init__(**options)
        self.settings = Settings.from_config(self.config)
        self.message_reader.wakeup = self.wakeup
        self.message_reader.tick = self.tick
        self.message_reader.before = self._check_access
        self.committer = Committer(
            self.settings.max_parallelism, self.wakeup, self._check_signal
        )
        self.batcher = Batcher(self.settings, self.committer, self._sinks_active)
        self._sequence = now_us()
        self._names = Names()
        self._renewal: Renewal | None = None
        self._unmapped: dict[str, BigQuerySink] = {}
        """Streams without a stream map; their records take a shorter path."""

    # What is created once, when it is first needed

    @cached_property
    def run(self) -> Run:
        """This run."""
        return Run()

    @cached_property
    def warehouse(self) -> Warehouse:
        """BigQuery."""
        client = bigquery_client(self.settings)
        return Warehouse(client, self.settings, self.run.id, self._stop)

    @cached_property
    def bucket(self) -> Bucket | None:
        """The bucket that keeps the parts, None without `staging_bucket`."""
        if not self.settings.staging_bucket:
            return None
        return Bucket.of(self.settings, self.warehouse)

    def _staging_tables(self) -> list[str]:
        sinks = list(self.batcher.sinks)
        return [staged.name for sink in sinks for staged in list(sink.table.staged)]

    @cached_property
    def leftovers_cleared(self) -> Future[None]:
        """Done once the staging tables of dead runs are removed."""
        return self.committer.submit(self._clear_leftovers)

    def _clear_leftovers(self) -> None:
        try:
            removed = clear_leftovers(self.warehouse, self.settings, self.run)
        except WarehouseError as error:
            self.logger.warning("Could not remove leftovers of earlier runs: %s", error)
        else:
            for name in removed:
                self.logger.info("Removed staging table %s of a dead run.", name)

    def _check_access(self) -> None:
        """Check, before the first line is read, that BigQuery will accept the rows."""
        check_access(self.warehouse, self.settings, self.bucket)
        self._renewal = Renewal(self.warehouse, self._staging_tables)

    def facts(self) -> Iterator[str]:
        """Yield what `--check` prints; see access.py."""
        return facts(self.warehouse, self.settings, self.bucket)

    @cached_property
    def sink_context(self) -> SinkContext:
        """What every stream's sink needs."""
        return SinkContext(
            settings=self.settings,
            warehouse=self.warehouse,
            run=self.run,
            bucket=self.bucket,
            committer=self.committer,
            next_sequence=self.next_sequence,
            batch_started_us=lambda: self.batcher.batch_started_us,
            claim_table=self._names.claim_table,
            leftovers_cleared=lambda: self.leftovers_cleared,
        )

    def next_sequence(self, count: int) -> int:
        """Return the first of `count` numbers that no record has yet.

        Args:
            count: How many numbers are taken.
        """
        first = self._sequence
        self._sequence += count
        return first

    # Messages

    def get_sink(
        self,
        stream_name: str,
        *,
        record: dict[str, Any] | None = None,
        schema: dict[str, Any] | None = None,
        key_properties: Sequence[str] | None = None,
    ) -> Sink:
        """Return the stream's sink; commit before a changed schema replaces it.

        Args:
            stream_name: The stream.
            record: A record, not used.
            schema: The schema of a SCHEMA message.
            key_properties: The key of a SCHEMA message.
        """
        old = self._sinks_active.get(stream_name)
        if (
            schema is not None
            and old is not None
            and self._differs(old, schema, key_properties)
        ):
            self.batcher.commit()
            self.batcher.collect(wait=True)
        sink = super().get_sink(
            stream_name, record=record, schema=schema, key_properties=key_properties
        )
        self._sinks_to_clear.clear()
        if sink is not old and isinstance(sink, BigQuerySink):
            sink.before = old if isinstance(old, BigQuerySink) else None
        return sink

    @staticmethod
    def _differs(
        sink: Sink, schema: dict[str, Any], key_properties: Sequence[str] | None
    ) -> bool:
        return sink.original_schema != schema or sink.key_properties != key_properties

    def _stream_maps(self, message: dict[str, Any]) -> list[Any]:
        stream = stream_of(message)
        maps = self.mapper.stream_maps.get(stream)
        if maps is None:
            text = (
                f"A {message['type']} of stream '{stream}' came before its SCHEMA: the "
                "tap does not follow the Singer protocol."
            )
            raise RecordsWithoutSchemaException(text)
        return maps

    def _process_schema_message(self, message_dict: dict[str, Any]) -> None:
        self.batcher.complete = False
        self._assert_line_requires(message_dict, requires={"stream", "schema"})
        stream = stream_of(message_dict)
        check_keys(message_dict)
        schema = with_properties(stream, message_dict["schema"])
        message_dict = {**message_dict, "schema": schema}
        super()._process_schema_message(message_dict)
        maps = self.mapper.stream_maps[stream]
        self._names.claim_aliases(stream, maps)
        for stream_map in maps:
            sink = self._sinks_active.get(stream_map.stream_alias)
            if isinstance(stream_map, RemoveRecordTransform):
                # A stream that a stream map removes gets no table.
                self._sinks_active.pop(stream_map.stream_alias, None)
            elif isinstance(sink, BigQuerySink) and not sink.begun:
                sink.begin(bookmarked=has_bookmark(self.batcher.state, stream))
        if (
            [type(stream_map) for stream_map in maps] == [SameRecordTransform]
            and maps[0].stream_alias == stream
            and not maps[0].flattening_enabled
        ):
            self._unmapped[stream] = cast("BigQuerySink", self._sinks_active[stream])
        else:
            self._unmapped.pop(stream, None)

    def _process_record_message(self, message_dict: dict[str, Any]) -> None:
        stream, record = message_dict.get("stream"), message_dict.get("record")
        size = self.message_reader.line_size
        if type(record) is dict and type(stream) is str and stream in self._unmapped:
            self.batcher.add(self._unmapped[stream], record, message_dict, size)
            return
        stream = stream_of(message_dict)
        if not isinstance(record, dict):
            text = f"A RECORD of stream '{stream}' has no record."
            raise MessageError(text)
        self.batcher.complete = False
        for stream_map in self._stream_maps(message_dict):
            changed = transformed(stream_map, record)
            if changed is not None:
                mapped = cast(
                    "BigQuerySink", self._sinks_active[stream_map.stream_alias]
                )
                self.batcher.add(mapped, changed, message_dict, size)

    def _process_state_message(self, message_dict: dict[str, Any]) -> None:
        self._assert_line_requires(message_dict, requires={"value"})
        self.batcher.keep_state(message_dict["value"])

    def _process_activate_version_message(self, message_dict: dict[str, Any]) -> None:
        version = version_of(message_dict)
        if self.settings.shard:
            self.logger.info(
                "Stream '%s': version %d is not activated, because the table has rows "
                "of other shards than '%s'.",
                message_dict["stream"],
                version,
                self.settings.shard,
            )
            return
        for stream_map in self._stream_maps(message_dict):
            sink = self._sinks_active.get(stream_map.stream_alias)
            if sink is not None and sink.process_activate_version_messages:
                sink.activate_version(version)

    def _process_batch_message(self, message_dict: dict[str, Any]) -> None:
        text = (
            f"Stream '{message_dict.get('stream')}' sends BATCH files, which this "
            "target does not read: remove 'batch_config' from the tap's settings."
        )
        raise MessageError(text)

    def tick(self) -> float | None:
        """Do what is due; return the seconds until the next task is due.

        Raises:
            TargetError: If a signal came or the running commit failed.
        """
        self._check_signal()
        return self.batcher.tick()

    # The end

    def process_endofpipe(self) -> None:
        """Commit the rest, print the last STATE and what was done."""
        unfinished = self.batcher.unfinished
        self.batcher.commit(last=True)
        self.batcher.collect(wait=True)
        tables = [sink.table for sink in self.batcher.sinks]
        for noted in [self.committer.submit(table.note_rows) for table in tables]:
            self.committer.result(noted)
        self._report()
        if unfinished:
            raise IncompleteError(unfinished)
        self.close()

    def _report(self) -> None:
        for sink in self.batcher.sinks:
            stats = sink.table.stats
            self.logger.info(
                "Stream '%s': %s rows read, %s rows changed in %s, %s bytes, %s jobs, "
                "%.1f s.",
                sink.stream_name,
                f"{stats.rows_read:,}",
                f"{stats.rows_changed:,}",
                sink.table.name,
                f"{stats.bytes:,}",
                stats.jobs,
                stats.seconds,
            )

    def _handle_termination(
        self,
        signum: int,
        frame: FrameType | None,  # noqa: ARG002 - the signal module's signature
    ) -> None:
        """Remember the signal; the main thread ends at the next safe point.

        Args:
            signum: The signal's number.
            frame: Where the main thread was, not used.
        """
        self._signal = signum
        self.wakeup.wake()

    def _check_signal(self) -> None:
        if self._signal is not None:
            raise Stopped(self._signal)

    @property
    def busy(self) -> bool:
        """Whether a commit is running, which must not delay the end of the process."""
        return self.committer.busy

    def abort(self) -> None:
        """End without committing anything more; never raises.

        A running commit may finish, and then its STATE is printed.
        """
        signalled = self._signal is not None
        if signalled:
            self._stop.set()
        try:
            grace = GRACE_SECONDS if signalled else None
            self.batcher.collect(wait=True, seconds=grace)
        except Exception as error:  # noqa: BLE001 - the first failure is reported
            self.logger.debug("The running commit failed too: %s", error)
        self._stop.set()
        for sink in self.batcher.sinks:
            sink.abort()
        self.close()

    def close(self) -> None:
        """Release threads, files and locks."""
        if self._renewal is not None:
            self._renewal.close()
        self.committer.close(wait=not self.committer.busy)
        self.run.close()
        self.wakeup.close()
